/** When a planned row and one of the database say the same. */
import { hash } from 'node:crypto';
import type { Row } from '../../ovsdb/index.ts';
import { FACTS_MARK, type PlannedRow, type PlannedValue, RowRef, type UnitName } from './plan.ts';
import { markOf, type ReplicaView } from './replica-view.ts';

/**
 * What a row says, in a form in which a planned row and one of the replica can be compared: UUIDs are replaced
 * by how plans call the row, sets and maps are sorted.
 */
export interface Contents {
  /** How plans call the row itself. */
  readonly self: string | undefined;
  /** Canonical text by column. */
  readonly columns: ReadonlyMap<string, string>;
  readonly facts: string | undefined;
  readonly parent: string | undefined;
  /** Sorted. */
  readonly memberOf: readonly string[];
}

/** The contents that a plan wants. Columns that the server does not have, and one that grows, are left out. */
export function plannedContents(view: ReplicaView, unit: UnitName, row: PlannedRow): Contents {
  return {
    self: nameOf({ unit, key: row.key }),
    columns: new Map(
      view.digestedColumnsOf(row.table).map((column) => [column, canonicalPlanned(row.columns[column])]),
    ),
    facts: row.facts,
    parent: row.parent && nameOf(row.parent),
    memberOf: (row.memberOf ?? []).map(nameOf).sort(),
  };
}

/** The contents of a row of the replica. Sets of rows that are not ours do not count. */
export function actualContents(view: ReplicaView, table: string, row: Row): Contents {
  const { references = {}, parent, memberOf } = view.managed[table]!;
  const holders = (set: typeof parent) =>
    set === undefined
      ? []
      : Array.from(view.holders(set, row._uuid), (holder) => view.refOf(set.table, holder)).filter(
          (ref) => ref !== undefined,
        );
  const self = view.refOf(table, row);
  return {
    self: self && nameOf(self),
    columns: new Map(
      view
        .digestedColumnsOf(table)
        .map((column) => [column, canonicalActual(view, references[column], row[column])]),
    ),
    facts: markOf(row, FACTS_MARK),
    parent: holders(parent).map(nameOf)[0],
    memberOf: holders(memberOf).map(nameOf).sort(),
  };
}

/**
 * A short text that changes with the contents. It is kept in the row: when the row changes and the digest does
 * not fit any more, it was somebody else who changed it.
 */
export function digestOf({ self, columns, facts, parent, memberOf }: Contents): string {
  const text = JSON.stringify([
    self,
    [...columns],
    parent ?? null,
    memberOf,
    ...(facts === undefined ? [] : [facts]),
  ]);
  return hash('sha256', text, 'base64url').slice(0, 22);
}

const nameOf = ({ unit, key }: Pick<RowRef, 'unit' | 'key'>): string => `${unit} ${key}`;

type Canonical = string | number | boolean;

function canonicalPlanned(value: PlannedValue): string {
  if (value === undefined) return '[]';
  if (value instanceof RowRef) return textOf([nameOf(value)]);
  if (typeof value !== 'object') return textOf([value]);
  if (isList(value))
    return textOf(value.map((member) => (member instanceof RowRef ? nameOf(member) : member)));
  return textOf(Object.entries(value).map(([key, of]) => `${key}=${of}`));
}

function canonicalActual(view: ReplicaView, refTable: string | undefined, value: Row[string]): string {
  if (value === undefined) return '[]';
  if (value instanceof Map) return textOf(Array.from(value, ([key, of]) => `${key}=${of}`));
  const atoms: Canonical[] = value instanceof Set ? [...value] : [value as Canonical];
  if (refTable === undefined) return textOf(atoms);
  return textOf(
    atoms.map((uuid) => {
      const row = view.table(refTable).get(String(uuid));
      const ref = row && view.refOf(refTable, row);
      return ref === undefined ? `somebody else's ${uuid}` : nameOf(ref);
    }),
  );
}

function textOf(atoms: Canonical[]): string {
  return JSON.stringify(atoms.sort());
}

/** Narrows without losing the element type, which Array.isArray does for readonly arrays. */
function isList(value: object): value is readonly (Canonical | RowRef)[] {
  return Array.isArray(value);
}
