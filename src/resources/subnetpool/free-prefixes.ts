/**
 * What of each subnet pool is free: a row for each prefix, no two of which could be one. What is taken out of a prefix
 * leaves its other halves, and what is given back joins its other half: a change costs as much as an address has bits,
 * however many subnets a pool has.
 */
import { Address, Prefix, subtractPrefixes } from '../../addressing/index.ts';
import { sendRows } from '../repository.ts';
import type { FreePrefixRow, Tx } from '../tables.ts';

const rowOf = (poolId: string, { network, length }: Prefix): FreePrefixRow => ({
  subnetpool_id: poolId,
  length,
  network: network.sortKey,
});

const prefixOf = ({ network, length }: Pick<FreePrefixRow, 'network' | 'length'>): Prefix =>
  Prefix.of(Address.fromSortKey(network), length);

const freeIn = (tx: Tx, poolId: string) =>
  tx.db.selectFrom('free_prefixes').select(['network', 'length']).where('subnetpool_id', '=', poolId);

async function remove(tx: Tx, poolId: string, { network, length }: Prefix): Promise<boolean> {
  const { numDeletedRows } = await tx.db
    .deleteFrom('free_prefixes')
    .where('subnetpool_id', '=', poolId)
    .where('length', '=', length)
    .where('network', '=', network.sortKey)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

async function split(tx: Tx, poolId: string, free: Prefix, taken: Prefix): Promise<void> {
  await remove(tx, poolId, free);
  sendRows(
    tx,
    'free_prefixes',
    subtractPrefixes([free], [taken]).map((rest) => rowOf(poolId, rest)),
  );
}

/** Takes a prefix of this length out of the smallest free one that has it; undefined when none has. */
export async function takeAny(tx: Tx, poolId: string, length: number): Promise<Prefix | undefined> {
  const row = await freeIn(tx, poolId)
    .where('length', '<=', length)
    .orderBy('length', 'desc')
    .orderBy('network')
    .limit(1)
    .executeTakeFirst();
  if (!row) return undefined;
  const free = prefixOf(row);
  const taken = Prefix.of(free.network, length);
  await split(tx, poolId, free, taken);
  return taken;
}

/** Takes this prefix; false when not all of it is free. */
export async function takePrefix(tx: Tx, poolId: string, wanted: Prefix): Promise<boolean> {
  const holders: Prefix[] = [];
  for (let one: Prefix | undefined = wanted; one; one = one.parent) holders.push(one);
  const row = await freeIn(tx, poolId)
    .where('network', 'in', [...new Set(holders.map(({ network }) => network.sortKey))])
    .where('length', '<=', wanted.length)
    .orderBy('length', 'desc')
    .execute();
  const free = row.map(prefixOf).find((one) => one.covers(wanted));
  if (!free) return false;
  await split(tx, poolId, free, wanted);
  return true;
}

/** Makes prefixes free in a pool that has none yet; no two of them make a larger one. */
export const freeAll = (tx: Tx, poolId: string, prefixes: readonly Prefix[]): void =>
  sendRows(
    tx,
    'free_prefixes',
    prefixes.map((prefix) => rowOf(poolId, prefix)),
  );

/** Makes a prefix free that nothing has. */
export async function giveBackPrefix(tx: Tx, poolId: string, prefix: Prefix): Promise<void> {
  let free = prefix;
  for (let { sibling } = free; sibling && (await remove(tx, poolId, sibling)); sibling = free.sibling)
    free = free.parent ?? free;
  sendRows(tx, 'free_prefixes', [rowOf(poolId, free)]);
}
