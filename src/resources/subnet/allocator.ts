/**
 * Addresses of a subnet that are free and taken. Free ones are kept as ranges, so that taking the next, taking a
 * given one and giving one back are each an index look-up, in a nearly full /16 as in an empty /64. The primary key
 * of ip_allocations forbids doubles, whatever happens here.
 *
 * Subnets whose instances form their own addresses (SLAAC) have no ranges: nothing is ever picked there.
 */
import { Address, AddressRange } from '../../addressing/index.ts';
import { slices } from '../repository.ts';
import type { Tx } from '../tables.ts';

/** Replaces the free ranges of a subnet. */
export async function setRanges(tx: Tx, subnetId: string, ranges: readonly AddressRange[]): Promise<void> {
  await tx.db.deleteFrom('free_ranges').where('subnet_id', '=', subnetId).execute();
  const rows = ranges.map(({ first, last }) => ({
    subnet_id: subnetId,
    first: first.sortKey,
    last: last.sortKey,
  }));
  for (const slice of slices(rows)) await tx.db.insertInto('free_ranges').values(slice).execute();
}

async function replaceRange(
  tx: Tx,
  subnetId: string,
  first: string,
  by: readonly AddressRange[],
): Promise<void> {
  const [one, two] = by;
  if (!one) {
    await tx.db
      .deleteFrom('free_ranges')
      .where('subnet_id', '=', subnetId)
      .where('first', '=', first)
      .execute();
    return;
  }
  await tx.db
    .updateTable('free_ranges')
    .set({ first: one.first.sortKey, last: one.last.sortKey })
    .where('subnet_id', '=', subnetId)
    .where('first', '=', first)
    .execute();
  if (two) {
    await tx.db
      .insertInto('free_ranges')
      .values({ subnet_id: subnetId, first: two.first.sortKey, last: two.last.sortKey })
      .execute();
  }
}

const rangeOf = (row: { first: string; last: string }): AddressRange =>
  AddressRange.of(Address.fromSortKey(row.first), Address.fromSortKey(row.last));

/**
 * Takes the free address after the last that was taken so, or the lowest when there is none: what is given back comes
 * round again as late as it can, since others still know it from its former holder (neighbours, connections, DNS).
 * The caller records who holds it.
 * @returns undefined when none is left
 */
export async function takeNext(tx: Tx, subnetId: string): Promise<Address | undefined> {
  const free = tx.db
    .selectFrom('free_ranges')
    .leftJoin('allocation_cursors', 'allocation_cursors.subnet_id', 'free_ranges.subnet_id')
    .select(['first', 'last', 'taken'])
    .where('free_ranges.subnet_id', '=', subnetId)
    .orderBy('first')
    .limit(1);
  const cursor = tx.db.selectFrom('allocation_cursors').select('taken').where('subnet_id', '=', subnetId);
  const row = (await free.where('last', '>', cursor).executeTakeFirst()) ?? (await free.executeTakeFirst());
  if (!row) return undefined;
  const range = rangeOf(row);
  const before = row.taken === null ? undefined : Address.fromSortKey(row.taken);
  const isAmid = before !== undefined && row.first <= before.sortKey && before.sortKey < row.last;
  const address = isAmid ? before.plus(1n) : range.first;
  await replaceRange(tx, subnetId, row.first, without(range, address));
  const taken = address.sortKey;
  await tx.db
    .insertInto('allocation_cursors')
    .values({ subnet_id: subnetId, taken })
    .onConflict((conflict) => conflict.column('subnet_id').doUpdateSet({ taken }))
    .execute();
  return address;
}

/** What is left of a range. */
function without({ first, last }: AddressRange, address: Address): AddressRange[] {
  const rest: AddressRange[] = [];
  if (!first.equals(address)) rest.push(AddressRange.of(first, address.plus(-1n)));
  if (!last.equals(address)) rest.push(AddressRange.of(address.plus(1n), last));
  return rest;
}

/** Takes a given address out of the free ranges, if it is in one. */
export async function takeGiven(tx: Tx, subnetId: string, address: Address): Promise<void> {
  const row = await tx.db
    .selectFrom('free_ranges')
    .select(['first', 'last'])
    .where('subnet_id', '=', subnetId)
    .where('first', '<=', address.sortKey)
    .orderBy('first', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row || row.last < address.sortKey) return;
  await replaceRange(tx, subnetId, row.first, without(rangeOf(row), address));
}

/** Gives an address back: it joins the ranges that touch it. It must lie in the subnet's pools. */
export async function giveBack(tx: Tx, subnetId: string, address: Address): Promise<void> {
  const free = tx.db.selectFrom('free_ranges').select(['first', 'last']).where('subnet_id', '=', subnetId);
  const below = await free.where('last', '=', address.plus(-1n).sortKey).executeTakeFirst();
  const above = await free.where('first', '=', address.plus(1n).sortKey).executeTakeFirst();
  const merged = AddressRange.of(
    below ? Address.fromSortKey(below.first) : address,
    above ? Address.fromSortKey(above.last) : address,
  );
  if (above) await replaceRange(tx, subnetId, above.first, []);
  if (below) await replaceRange(tx, subnetId, below.first, [merged]);
  else {
    await tx.db
      .insertInto('free_ranges')
      .values({ subnet_id: subnetId, first: merged.first.sortKey, last: merged.last.sortKey })
      .execute();
  }
}
