/** Hosts join: by a token for the first time, by the certificate that they have from then on. */
import { errors } from '../../errors/index.ts';
import { type ShownToken, useToken } from '../host-token/operations.ts';
import { fromRow, timestamp, updateRow } from '../repository.ts';
import type { Tx } from '../tables.ts';
import { agent } from './definition.ts';
import { insertHost } from './heartbeat.ts';

/** What a host says when it joins. */
export interface JoiningHost {
  readonly chassis: string;
  /** With commas; left out, they stay as they are. */
  readonly availabilityZone?: string | undefined;
}

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
  { chassis, availabilityZone }: JoiningHost,
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
    const self = { host: chassis, chassis, configurations: { chassis } };
    return insertHost(tx, self, timestamp(), { certificate, availabilityZone });
  }
  if (!isNamed || row.chassis !== chassis) throw errors.hostToken.nameTaken({ host: chassis });
  const changes = { certificate_expires_at: timestamp(until), availability_zone: availabilityZone };
  updateRow(tx, agent, fromRow(agent, row), changes, {
    certificate_serial: serial,
    next_certificate_serial: null,
  });
}

/** A certificate that somebody shows. */
export interface ShownCertificate {
  readonly chassis: string;
  readonly serial: string;
}

/**
 * Whether a certificate counts: the one that its host was given last, or the one before as long as that was not used.
 * Those of who was removed, or joined anew, do not.
 * @returns `new` for one that is used for the first time
 */
export async function standingOf(
  db: Tx['db'],
  { chassis, serial }: ShownCertificate,
): Promise<'known' | 'new' | 'none'> {
  const row = await db
    .selectFrom('agents')
    .select(['certificate_serial', 'next_certificate_serial'])
    .where('chassis', '=', chassis)
    .executeTakeFirst();
  if (row?.certificate_serial === serial) return 'known';
  return row?.next_certificate_serial === serial ? 'new' : 'none';
}

/** Has a host's next certificate be this one; the present one counts until that is used. */
export function offerCertificate(tx: Tx, { chassis, serial }: ShownCertificate): void {
  tx.send(
    tx.db.updateTable('agents').set({ next_certificate_serial: serial }).where('chassis', '=', chassis),
  );
}

/** Has a certificate that was offered be the host's; the one before counts no more. */
export function takeCertificate(tx: Tx, { chassis, serial }: ShownCertificate, until: Date): void {
  tx.send(
    tx.db
      .updateTable('agents')
      .set({
        certificate_serial: serial,
        next_certificate_serial: null,
        certificate_expires_at: timestamp(until),
      })
      .where('chassis', '=', chassis)
      .where('next_certificate_serial', '=', serial),
  );
}
