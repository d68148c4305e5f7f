/** Whose rows somebody else changed. */
import type { Row, RowChange } from '../../ovsdb/index.ts';
import { actualContents, digestOf } from './contents.ts';
import type { MemberChange } from './diff.ts';
import { DIGEST_MARK, type SetColumn, UNIT_MARK, type UnitName } from './plan.ts';
import { markOf, type ReplicaView } from './replica-view.ts';

/** What this reconciler is about to do that the digests of rows do not tell. */
export interface Expected {
  /** Rows that it makes disappear. */
  readonly leaving: ReadonlySet<string>;
  /** What it does to sets that grow, by the row. */
  readonly members: ReadonlyMap<string, MemberChange>;
}

/**
 * The units of rows that somebody else changed, deleted, or took out of a set. Our own writes leave every row
 * with the digest of its contents, so they are told apart without a look at the store.
 */
export function driftedUnits(
  changes: readonly RowChange<Row>[],
  view: ReplicaView,
  expected: Expected,
): Set<UnitName> {
  const drift = new Set<UnitName>();
  for (const change of changes) {
    const { table, kind, row } = change;
    if (view.managed[table] !== undefined) {
      if (kind === 'delete') {
        if (!expected.leaving.has(row._uuid)) addUnit(drift, markOf(row, UNIT_MARK));
      } else if (kind === 'insert' || concerns(change, view)) {
        addUnit(drift, formerUnit(change));
        if (!isIntact(view, table, row) || isGrowthOfOthers(change, view, expected))
          addUnit(drift, markOf(row, UNIT_MARK));
      }
    }
    for (const { set, memberTable } of setsOf(view, table)) {
      for (const uuid of touchedMembers(change, set)) {
        const member = view.table(memberTable).get(uuid);
        if (member && !isIntact(view, memberTable, member)) addUnit(drift, markOf(member, UNIT_MARK));
      }
    }
  }
  return drift;
}

/** Whether a row is as its digest says; a row without a mark of ours is nobody's business. */
function isIntact(view: ReplicaView, table: string, row: Row): boolean {
  const unit = markOf(row, UNIT_MARK);
  return unit === undefined || digestOf(actualContents(view, table, row)) === markOf(row, DIGEST_MARK);
}

/** Whether somebody else brought members into a set that grows, or took some out. */
function isGrowthOfOthers(
  { table, row, columns }: RowChange<Row>,
  view: ReplicaView,
  { members }: Expected,
): boolean {
  const { grows } = view.managed[table]!;
  const change = grows === undefined ? undefined : columns.get(grows);
  if (change?.form !== 'set') return false;
  const ours = members.get(row._uuid);
  return (
    ours === undefined || !change.added.isSubsetOf(ours.insert) || !change.removed.isSubsetOf(ours.delete)
  );
}

function concerns({ table, columns }: RowChange<Row>, view: ReplicaView): boolean {
  return columns.has('external_ids') || view.columnsOf(table).some((column) => columns.has(column));
}

/** The unit that a row was marked with before somebody took the mark off. */
function formerUnit({ columns }: RowChange<Row>): UnitName | undefined {
  const change = columns.get('external_ids');
  const mark = change?.form === 'map' ? change.removed.get(UNIT_MARK) : undefined;
  return mark === undefined ? undefined : String(mark);
}

/** The sets that a table's rows hold. */
function setsOf(view: ReplicaView, table: string): { set: SetColumn; memberTable: string }[] {
  return Object.entries(view.managed).flatMap(([memberTable, { parent, memberOf }]) =>
    [parent, memberOf]
      .filter((set) => set !== undefined && set.table === table)
      .map((set) => ({ set: set!, memberTable })),
  );
}

function touchedMembers({ kind, row, columns }: RowChange<Row>, set: SetColumn): Iterable<string> {
  if (kind !== 'modify') return row[set.column] as Iterable<string>;
  const change = columns.get(set.column);
  if (change?.form !== 'set') return [];
  return [...change.added, ...change.removed].map(String);
}

function addUnit(units: Set<UnitName>, unit: UnitName | undefined): void {
  if (unit !== undefined) units.add(unit);
}
