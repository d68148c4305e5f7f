/** Prefixes that are delegated to ports: those out of subnet pools are taken when wished for, and given back when they go. */
import type { Kysely } from 'kysely';
import { Prefix } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { statement } from '../../store/index.ts';
import type { Context } from '../context.ts';
import { sendRows } from '../repository.ts';
import type { Subnetpool } from '../subnetpool/definition.ts';
import { giveBackPrefix } from '../subnetpool/free-prefixes.ts';
import { checkShare, takeShare, usablePool } from '../subnetpool/share.ts';
import type { NetworkRow, Tables, Tx } from '../tables.ts';
import type { DelegatedPrefix, Port } from './definition.ts';
import { checkDelegations } from './delegation.ts';
import { checkDelegatedLength, checkDelegatedPrefixes } from './policy.ts';

/** A prefix of a pool. */
interface Share {
  readonly poolId: string;
  readonly prefix: Prefix;
}

/** What is delegated to a port from now on. */
export interface Delegations {
  readonly prefixes: string[];
  /** Those that were taken out of pools for it. */
  readonly drawn: readonly Share[];
}

const sharesOf = statement((db: Kysely<Tables>, portId: string) =>
  db.selectFrom('pool_delegations').select(['subnetpool_id', 'prefix']).where('port_id', '=', portId),
);

async function heldBy(tx: Tx, portId: string): Promise<Share[]> {
  const rows = await sharesOf.all(tx.db, portId);
  return rows.map(({ subnetpool_id: poolId, prefix }) => ({ poolId, prefix: Prefix.parse(prefix) }));
}

async function giveBack(tx: Tx, { poolId, prefix }: Share): Promise<void> {
  tx.send(
    tx.db
      .deleteFrom('pool_delegations')
      .where('subnetpool_id', '=', poolId)
      .where('prefix', '=', prefix.toString()),
  );
  await giveBackPrefix(tx, poolId, prefix);
}

/** A wish for a prefix of a pool. */
interface PoolWish {
  readonly pool: Subnetpool;
  readonly length: number;
}

/** @throws RequestError 404 for a pool that the caller may not use, 400 for a length that cannot be delegated */
async function poolWish(
  tx: Tx,
  context: Context,
  field: string,
  { subnetpool_id: id, prefixlen }: Exclude<DelegatedPrefix, string>,
): Promise<PoolWish> {
  const pool = await usablePool(tx, context, id);
  if (!pool) throw errors.notFound.subnetpool({ id });
  if (pool.ip_version !== 6)
    throw errors.subnetpool.familyOfPool({ version: 6, pool: pool.ip_version, id: pool.id });
  const length = prefixlen ?? pool.default_prefixlen;
  checkDelegatedLength(field, length, `/${length}`);
  return { pool, length };
}

/**
 * Decides what is delegated to a port. A prefix that it has is kept when it is named, or when one like it is wished for:
 * whoever repeats a wish has the same prefix again. What it has of pools and is not wished for any more is given back.
 * @param port the port that it is for; without `id` when it is being made
 * @throws RequestError 400 for what cannot be delegated, 403 for what only others may give, 404 for a pool that the
 * caller may not use, 409 for what somebody has, or when the pool has none
 */
export async function settleDelegations(
  tx: Tx,
  context: Context,
  network: NetworkRow,
  port: Pick<Port, 'project_id'> & { readonly id?: string },
  wishes: readonly DelegatedPrefix[],
): Promise<Delegations> {
  const held = port.id === undefined ? [] : await heldBy(tx, port.id);
  const named = wishes.flatMap((wish) => (typeof wish === 'string' ? Prefix.parse(wish) : []));
  // Of one that is named in part, the rest is nobody else's.
  const leaving = held.filter(({ prefix }) => !named.some((one) => one.overlaps(prefix)));
  const slots: (Prefix | PoolWish)[] = [];
  for (const [index, wish] of wishes.entries()) {
    if (typeof wish === 'string') {
      slots.push(Prefix.parse(wish));
      continue;
    }
    const wanted = await poolWish(tx, context, `delegated_prefixes[${index}]`, wish);
    const at = leaving.findIndex(
      ({ poolId, prefix }) => poolId === wanted.pool.id && prefix.length === wanted.length,
    );
    slots.push(at < 0 ? wanted : (leaving.splice(at, 1)[0] as Share).prefix);
  }
  // First, so that a project at its quota can change the length.
  for (const share of leaving) await giveBack(tx, share);

  const drawn: Share[] = [];
  const free: Prefix[] = [];
  const prefixes: Prefix[] = [];
  for (const slot of slots) {
    if (slot instanceof Prefix) {
      prefixes.push(slot);
      continue;
    }
    const { pool, length } = slot;
    await checkShare(tx, pool, port.project_id, length, drawn);
    const prefix = await takeShare(tx, pool, length);
    drawn.push({ poolId: pool.id, prefix });
    // Whoever makes a pool says what is in it; that it is shared with everybody, an administrator.
    if (pool.shared) free.push(prefix);
    prefixes.push(prefix);
  }
  checkDelegatedPrefixes(prefixes);
  await checkDelegations(tx, context, network, port.id, prefixes, free);
  return { prefixes: prefixes.map(String), drawn };
}

/** Notes what was taken for a port, which is in the store. */
export function recordDrawn(tx: Tx, portId: string, { drawn }: Delegations): void {
  const rows = drawn.map(({ poolId, prefix }) => ({
    subnetpool_id: poolId,
    prefix: prefix.toString(),
    port_id: portId,
  }));
  sendRows(tx, 'pool_delegations', rows);
}

/** Gives back what a port has of pools. */
export async function releaseDelegations(tx: Tx, portId: string): Promise<void> {
  for (const share of await heldBy(tx, portId)) await giveBack(tx, share);
}
