/**
 * Addresses of a subnet that are free and taken. Free ones are kept as ranges, so that taking the next, taking a
 * given one and giving one back are each an index look-up, in a nearly full /16 as in an empty /64. The primary key
 * of ip_allocations forbids doubles, whatever happens here.
 *
 * Subnets whose instances form their own addresses (SLAAC) have no ranges: nothing is ever picked there.
 */
import { type Kysely, sql } from 'kysely';
import { Address, AddressRange, subtractRanges } from '../../addressing/index.ts';
import { statement } from '../../store/index.ts';
import { sendRows } from '../repository.ts';
import type { FreeRangeRow, Tables, Tx } from '../tables.ts';

/** Sort keys. */
type RangeEnds = Pick<FreeRangeRow, 'first' | 'last'>;

const endsOf = ({ first, last }: AddressRange): RangeEnds => ({ first: first.sortKey, last: last.sortKey });

const deleteRange = statement((db: Kysely<Tables>, subnetId: string, first: string) =>
  db.deleteFrom('free_ranges').where('subnet_id', '=', subnetId).where('first', '=', first),
);
const changeRange = statement((db: Kysely<Tables>, subnetId: string, first: string, range: RangeEnds) =>
  db.updateTable('free_ranges').set(range).where('subnet_id', '=', subnetId).where('first', '=', first),
);
/** Free ranges, lowest first, with the address of the subnet that was taken last. */
const rangesWithCursor = (db: Kysely<Tables>, subnetId: string) =>
  db
    .selectFrom('free_ranges')
    .leftJoin('allocation_cursors', 'allocation_cursors.subnet_id', 'free_ranges.subnet_id')
    .select(['first', 'last', 'taken'])
    .where('free_ranges.subnet_id', '=', subnetId)
    .orderBy('first');
const lowestRanges = statement((db: Kysely<Tables>, subnetId: string, count: number) =>
  rangesWithCursor(db, subnetId).limit(count),
);
/** Those that end behind it. */
const rangesAhead = statement((db: Kysely<Tables>, subnetId: string, count: number) => {
  const cursor = db.selectFrom('allocation_cursors').select('taken').where('subnet_id', '=', subnetId);
  return rangesWithCursor(db, subnetId)
    .where('last', '>', (builder) => builder.fn.coalesce(cursor, sql.lit('')))
    .limit(count);
});
const moveCursor = statement((db: Kysely<Tables>, subnetId: string, taken: string) =>
  db
    .insertInto('allocation_cursors')
    .values({ subnet_id: subnetId, taken })
    .onConflict((conflict) => conflict.column('subnet_id').doUpdateSet({ taken })),
);
/** The last range that begins at an address, or before it. */
const rangeFrom = statement((db: Kysely<Tables>, subnetId: string, address: string) =>
  db
    .selectFrom('free_ranges')
    .select(['first', 'last'])
    .where('subnet_id', '=', subnetId)
    .where('first', '<=', address)
    .orderBy('first', 'desc')
    .limit(1),
);
/** The range that ends with an address, and the one that begins with another. */
const rangesBeside = statement((db: Kysely<Tables>, subnetId: string, below: string, above: string) => {
  const free = db.selectFrom('free_ranges').select(['first', 'last']).where('subnet_id', '=', subnetId);
  return free.where('last', '=', below).unionAll(free.where('first', '=', above));
});

/** Replaces the free ranges of a subnet. */
export function setRanges(tx: Tx, subnetId: string, ranges: readonly AddressRange[]): void {
  tx.send(tx.db.deleteFrom('free_ranges').where('subnet_id', '=', subnetId));
  const rows = ranges.map((range) => ({ subnet_id: subnetId, ...endsOf(range) }));
  sendRows(tx, 'free_ranges', rows);
}

function replaceRange(tx: Tx, subnetId: string, first: string, by: readonly AddressRange[]): void {
  const [one, two] = by;
  tx.send(one ? changeRange.of(tx.db, subnetId, first, endsOf(one)) : deleteRange.of(tx.db, subnetId, first));
  if (two) addRange(tx, subnetId, two);
}

const addRange = (tx: Tx, subnetId: string, range: AddressRange): void =>
  sendRows(tx, 'free_ranges', [{ subnet_id: subnetId, ...endsOf(range) }]);

const rangeOf = (row: RangeEnds): AddressRange =>
  AddressRange.of(Address.fromSortKey(row.first), Address.fromSortKey(row.last));

/**
 * Takes the free addresses after the last that was taken so, or the lowest when there are none: what is given back
 * comes round again as late as it can, since others still know it from its former holder (neighbours, connections,
 * DNS). The caller records who holds them.
 * @param count how many, at least one
 * @returns fewer when no more are left
 */
export async function takeNext(tx: Tx, subnetId: string, count: number): Promise<Address[]> {
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
  const ahead = await rangesAhead.all(tx.db, subnetId, count);
  for (const row of ahead) if (addresses.length < count) takeFrom(row);
  if (addresses.length < count) {
    const rest = await lowestRanges.all(tx.db, subnetId, count - addresses.length);
    for (const row of rest) if (addresses.length < count) takeFrom({ ...row, taken: null });
  }
  const taken = addresses.at(-1)?.sortKey;
  if (taken !== undefined) tx.send(moveCursor.of(tx.db, subnetId, taken));
  return addresses;
}

/** Takes a given address out of the free ranges, if it is in one. */
export async function takeGiven(tx: Tx, subnetId: string, address: Address): Promise<void> {
  const row = await rangeFrom.first(tx.db, subnetId, address.sortKey);
  if (!row || row.last < address.sortKey) return;
  const taken = AddressRange.of(address, address);
  replaceRange(tx, subnetId, row.first, subtractRanges([rangeOf(row)], [taken]));
}

/** Gives an address back: it joins the ranges that touch it. It must lie in the subnet's pools. */
export async function giveBack(tx: Tx, subnetId: string, address: Address): Promise<void> {
  const [end, begin] = [address.plus(-1n).sortKey, address.plus(1n).sortKey];
  const beside = await rangesBeside.all(tx.db, subnetId, end, begin);
  const below = beside.find(({ last }) => last === end);
  const above = beside.find(({ first }) => first === begin);
  const merged = AddressRange.of(
    below ? Address.fromSortKey(below.first) : address,
    above ? Address.fromSortKey(above.last) : address,
  );
  if (above) replaceRange(tx, subnetId, above.first, []);
  if (below) replaceRange(tx, subnetId, below.first, [merged]);
  else addRange(tx, subnetId, merged);
}
