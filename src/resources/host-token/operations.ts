/** Tokens by which hosts join: made, listed, used up, deleted. Of the secret only a hash is kept. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { newId } from '../new-id.ts';
import { deleteRow, findRow, fromRow, insertRow, newborn, timestamp, updateRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import type { HostTokenRow, Tx } from '../tables.ts';
import { type HostToken, type HostTokenCreate, hostToken } from './definition.ts';

const SECRET_LENGTH = 32;
const SECOND_MS = 1_000;

/** What whoever joins shows. */
export interface ShownToken {
  readonly id: string;
  readonly secret: string;
}

async function create(tx: Tx, context: Context, request: HostTokenCreate): Promise<HostToken> {
  const { joining } = context.settings;
  if (joining === undefined) throw errors.hostToken.noHosts();
  const { project_id: projectId = context.projectId, tenant_id: _, lifetime, ...rest } = request;
  const secret = randomBytes(SECRET_LENGTH).toString('base64url');
  const stored = {
    ...rest,
    ...newborn(),
    id: newId(),
    project_id: projectId,
    tenant_id: projectId,
    used: 0,
    expires_at: timestamp(new Date(Date.now() + lifetime * SECOND_MS)),
  };
  insertRow(tx, hostToken, stored, { secret_hash: hashOf(secret) });
  const token = joining.tokenOf({ id: stored.id, secret });
  const join_command = `sextant host join --server ${joining.server} --token ${token}`;
  return { ...stored, lifetime, token, join_command };
}

/** What is not told again. */
const TOLD_ONCE = { token: null, join_command: null };

function loaded(row: HostTokenRow): HostToken {
  const stored = fromRow(hostToken, row);
  const lifetime = (Date.parse(stored.expires_at) - Date.parse(stored.created_at)) / SECOND_MS;
  return { ...stored, ...TOLD_ONCE, lifetime };
}

/**
 * Looks whether a token lets a host join.
 * @param host that is to join
 * @throws RequestError 403 when it is none, has ended, has been used up, or is another host's
 */
export async function requireToken(
  db: Tx['db'],
  { id, secret }: ShownToken,
  host: string,
): Promise<HostTokenRow> {
  const row = await findRow(db, 'host_tokens', id);
  if (row === undefined || !isEqual(row.secret_hash, hashOf(secret))) throw errors.hostToken.unknown();
  const { expires_at: end, uses, used, host: only } = row;
  if (Date.parse(end) <= Date.now()) throw errors.hostToken.expired({ end });
  if (used >= uses) throw errors.hostToken.usedUp({ uses });
  if (only !== '' && only !== host) throw errors.hostToken.forAnother({ only, host });
  return row;
}

/**
 * Uses a token up by one.
 * @param host that is to join
 * @returns whether it is for this host alone
 * @throws RequestError as `requireToken`
 */
export async function useToken(tx: Tx, token: ShownToken, host: string): Promise<boolean> {
  const row = await requireToken(tx.db, token, host);
  updateRow(tx, hostToken, fromRow(hostToken, row), { used: row.used + 1 });
  return row.host !== '';
}

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

const isEqual = (one: string, other: string): boolean =>
  timingSafeEqual(Buffer.from(one), Buffer.from(other));

export const hostTokenOperations: OperationsOn<typeof hostToken> = {
  load: async (_db, rows) => rows.map(loaded),
  create,
  async update(tx, _context, current, changes) {
    const moved = updateRow(tx, hostToken, current, changes);
    return { ...current, ...(changes as Partial<HostToken>), ...moved };
  },
  async delete(tx, _context, current) {
    deleteRow(tx, hostToken, current);
  },
};
