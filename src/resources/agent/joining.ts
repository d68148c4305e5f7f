/** Hosts join: by a token for the first time, by the certificate that they have from then on. */
import { errors } from '../../errors/index.ts';
import { type ShownToken, useToken } from '../host-token/operations.ts';
import { fromRow, timestamp, updateRow } from '../repository.ts';
import type { Tx } from '../tables.ts';
import { agent } from './definition.ts';
import { insertHost } from './heartbeat.ts';

/** A certificate that a host is given. */
export interface HostCertificate {
  readonly serial: string;
  readonly until: Date;
}

/**
 * Has a host join. One that joined before, and was installed anew, takes its place again: its row, its ports.
 * @throws RequestError 403 when the token is no good, 409 when the name is another host's and the token is not for it
 */
export async function joinHost(
  tx: Tx,
  token: ShownToken,
  chassis: string,
  { serial, until }: HostCertificate,
): Promise<void> {
  const isNamed = await useToken(tx, token, chassis);
  const row = await tx.db
    .selectFrom('agents')
    .selectAll()
    .where((builder) => builder.or([builder('chassis', '=', chassis), builder('host', '=', chassis)]))
    .executeTakeFirst();
  if (row === undefined) {
    const certificate = { serial, until: timestamp(until) };
    return insertHost(tx, { host: chassis, chassis, configurations: { chassis } }, timestamp(), certificate);
  }
  if (!isNamed || row.chassis !== chassis) throw errors.hostToken.nameTaken({ host: chassis });
  const changes = { certificate_expires_at: timestamp(until) };
  updateRow(tx, agent, fromRow(agent, row), changes, { certificate_serial: serial });
}

/** Whether a certificate is the one that its host was given last: who was removed, or joined anew, has another. */
export async function isCurrent(
  db: Tx['db'],
  { chassis, serial }: { readonly chassis: string; readonly serial: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('agents')
    .select('certificate_serial')
    .where('chassis', '=', chassis)
    .executeTakeFirst();
  return row?.certificate_serial === serial;
}
