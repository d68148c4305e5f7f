/**
 * Addresses of a subnet that are free and taken. Free ones are kept as ranges, so that taking the next, taking a
 * given one and giving one back are each an index look-up, in a nearly full /16 as in an empty /64. The primary key
 * of ip_allocations forbids doubles, whatever happens here.
 *
 * Subnets whose instances form their own addresses (SLAAC) have no ranges: nothing is ever picked there.
 */
import { sql } from 'kysely';
import { Address, AddressRange, subtractRanges } from '../../addressing/index.ts';
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

function replaceRange(tx: Tx, subnetId: string, first: string, by: readonly AddressRange[]): void {
  const [one, two] = by;
  if (!one) {
    tx.send(tx.db.deleteFrom('free_ranges').where('subnet_id', '=', subnetId).where('first', '=', first));
    return;
  }
  tx.send(
    tx.db
      .updateTable('free_ranges')
      .set({ first: one.first.sortKey, last: one.last.sortKey })
      .where('subnet_id', '=', subnetId)
      .where('first', '=', first),
  );
  if (two) addRange(tx, subnetId, two);
}

function addRange(tx: Tx, subnetId: string, { first, last }: AddressRange): void {
  tx.send(
    tx.db.insertInto('free_ranges').values({ subnet_id: subnetId, first: first.sortKey, last: last.sortKey }),
  );
}

const rangeOf = (row: { first: string; last: string }): AddressRange =>
  AddressRange.of(Address.fromSortKey(row.first), Address.fromSortKey(row.last));

/**
 * Takes the free addresses after the last that was taken so, or the lowest when there are none: what is given back
 * comes round again as late as it can, since others still know it from its former holder (neighbours, connections,
 * DNS). The caller records who holds them.
 * @param count how many, at least one
 * @returns fewer when no more are left
 */
export async function takeNext(tx: Tx, subnetId: string, count: number): Promise<Address[]> {
  const free = tx.db
    .selectFrom('free_ranges')
    .leftJoin('allocation_cursors', 'allocation_cursors.subnet_id', 'free_ranges.subnet_id')
    .select(['first', 'last', 'taken'])
    .where('free_ranges.subnet_id', '=', subnetId)
    .orderBy('first');
  const cursor = tx.db.selectFrom('allocation_cursors').select('taken').where('subnet_id', '=', subnetId);
  const addresses: Address[] = [];
  const takeFrom = ({ first, last, taken }: { first: string; last: string; taken: string | null }): void => {
    const range = rangeOf({ first, last });
    const isAmid = taken !== null && first <= taken && taken < last;
    const begin = isAmid ? Address.fromSortKey(taken).plus(1n) : range.first;
    const wanted = BigInt(count - addresses.length) - 1n;
    const end = begin.value + wanted < range.last.value ? begin.plus(wanted) : range.last;
    for (let at = begin; ; at = at.plus(1n)) {
      addresses.push(at);
      if (at.equals(end)) break;
    }
    replaceRange(tx, subnetId, first, subtractRanges([range], [AddressRange.of(begin, end)]));
  };
  // Every range has one at least.
  const ahead = await free
    .where('last', '>', (builder) => builder.fn.coalesce(cursor, sql.lit('')))
    .limit(count)
    .execute();
  for (const row of ahead) if (addresses.length < count) takeFrom(row);
  if (addresses.length < count) {
    const rest = await free.limit(count - addresses.length).execute();
    for (const row of rest) if (addresses.length < count) takeFrom({ ...row, taken: null });
  }
  const taken = addresses.at(-1)?.sortKey;
  if (taken !== undefined) {
    tx.send(
      tx.db
        .insertInto('allocation_cursors')
        .values({ subnet_id: subnetId, taken })
        .onConflict((conflict) => conflict.column('subnet_id').doUpdateSet({ taken })),
    );
  }
  return addresses;
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
  const taken = AddressRange.of(address, address);
  replaceRange(tx, subnetId, row.first, subtractRanges([rangeOf(row)], [taken]));
}

/** Gives an address back: it joins the ranges that touch it. It must lie in the subnet's pools. */
export async function giveBack(tx: Tx, subnetId: string, address: Address): Promise<void> {
  const free = tx.db.selectFrom('free_ranges').select(['first', 'last']).where('subnet_id', '=', subnetId);
  const [below, above] = await Promise.all([
    free.where('last', '=', address.plus(-1n).sortKey).executeTakeFirst(),
    free.where('first', '=', address.plus(1n).sortKey).executeTakeFirst(),
  ]);
  const merged = AddressRange.of(
    below ? Address.fromSortKey(below.first) : address,
    above ? Address.fromSortKey(above.last) : address,
  );
  if (above) replaceRange(tx, subnetId, above.first, []);
  if (below) replaceRange(tx, subnetId, below.first, [merged]);
  else addRange(tx, subnetId, merged);
}
