/** Rows of a resource's table and what its definition says of them: conversion both ways, insert, update, delete. */
import type { Kysely, Selectable } from 'kysely';
import { type Change, rowSlices, statement } from '../store/index.ts';
import {
  type AspectOf,
  type Attributed,
  columnOf,
  type Definition,
  type LinkOf,
  linkAttributes,
  type RowOf,
  type StoredOf,
  storedAttributes,
} from './definition/definition.ts';
import type { Tables, Tx } from './tables.ts';

/** A resource's attributes by name. */
export type Values = Record<string, unknown>;

/** The table of a resource. */
type TableOf<D extends Definition> = D['collection'] & keyof Tables;

/** The columns of a resource's table that are no attributes; none are given when there are none. */
type FurtherColumns<D extends Definition> = Omit<Tables[TableOf<D>], keyof RowOf<D>>;
type Further<D extends Definition> = [keyof FurtherColumns<D>] extends [never]
  ? []
  : [further: FurtherColumns<D>];

interface Codec {
  readonly attribute: string;
  readonly column: string;
  toColumn(value: unknown): unknown;
  fromColumn(value: unknown): unknown;
}

const same = (value: unknown): unknown => value;
const conversions = {
  plain: { toColumn: same, fromColumn: same },
  boolean: { toColumn: (value: unknown) => (value ? 1 : 0), fromColumn: (value: unknown) => value === 1 },
  json: {
    toColumn: (value: unknown) => JSON.stringify(value),
    fromColumn: (value: unknown) => JSON.parse(String(value)),
  },
} as const;

const codecs = new WeakMap<Attributed, Codec[]>();

function codecsOf(definition: Attributed): Codec[] {
  let result = codecs.get(definition);
  if (!result) {
    result = storedAttributes(definition).map(([attribute, { type }]) => ({
      attribute,
      column: columnOf(attribute),
      ...conversions[type.storedAs],
    }));
    codecs.set(definition, result);
  }
  return result;
}

/** The value of an attribute as its column holds it. */
export function columnValue(definition: Attributed, attribute: string, value: unknown): unknown {
  const codec = codecsOf(definition).find((candidate) => candidate.attribute === attribute);
  return codec ? codec.toColumn(value) : value;
}

/** The columns for the stored attributes that `values` has; others are left out. */
export function toRow(definition: Attributed, values: object): Values {
  const row: Values = {};
  for (const { attribute, column, toColumn } of codecsOf(definition)) {
    const value = (values as Values)[attribute];
    if (value !== undefined) row[column] = toColumn(value);
  }
  return row;
}

/** The attributes that a row says: those that are stored, and tenant_id. */
export type ReadOf<D extends Attributed> = StoredOf<D> &
  ('tenant_id' extends keyof D['attributes'] ? { tenant_id: string } : unknown);

/** The stored attributes that a row holds, and tenant_id. */
export function fromRow<D extends Attributed>(definition: D, row: RowOf<D>): ReadOf<D> {
  const columns: Values = row;
  const values: Values = {};
  for (const { attribute, column, fromColumn } of codecsOf(definition))
    values[attribute] = fromColumn(columns[column]);
  if ('tenant_id' in definition.attributes) values.tenant_id = values.project_id;
  return values as ReadOf<D>;
}

/**
 * The columns that hold some attributes.
 * @returns undefined when not all of them are stored: the resource's loader knows the others
 */
export function columnsHolding(definition: Attributed, names: readonly string[]): string[] | undefined {
  const codecs = names.map((name) =>
    codecsOf(definition).find(({ attribute }) => attribute === (name === 'tenant_id' ? 'project_id' : name)),
  );
  if (codecs.length === 0) return undefined;
  const columns = codecs.flatMap((codec) => codec?.column ?? []);
  return columns.length === codecs.length ? columns : undefined;
}

/** A time, now if none is given, as Neutron writes it: UTC in whole seconds. */
export const timestamp = (time = new Date()): string => `${time.toISOString().slice(0, 19)}Z`;

/** The standard attributes of something new. */
export function newborn(): {
  tags: string[];
  created_at: string;
  updated_at: string;
  revision_number: number;
} {
  const now = timestamp();
  return { tags: [], created_at: now, updated_at: now, revision_number: 1 };
}

/**
 * The tables as generic code may use them: which one it is, its definition says. Kysely types statements by the table,
 * and has no word for "one of these".
 */
export const generic = (db: Kysely<Tables>) => db as unknown as Kysely<AnyTables>;
type ResourceRow = { id: string } & Values;
type AnyTables = Record<string, ResourceRow>;

/** What there is one of for each table, made when it is needed. */
export function perTable<S>(make: (table: string) => S): (table: string) => S {
  const made = new Map<string, S>();
  return (table) => {
    let one = made.get(table);
    if (one === undefined) {
      one = make(table);
      made.set(table, one);
    }
    return one;
  };
}

const insertInto = perTable((table) =>
  statement((db: Kysely<AnyTables>, rows: readonly ResourceRow[]) => db.insertInto(table).values(rows)),
);
const updateIn = perTable((table) =>
  statement((db: Kysely<AnyTables>, changes: Values, id: string) =>
    db.updateTable(table).set(changes).where('id', '=', id),
  ),
);
const touchIn = perTable((table) =>
  statement((db: Kysely<AnyTables>, updated_at: string, id: string) =>
    db
      .updateTable(table)
      .set((row) => ({ updated_at, revision_number: row('revision_number', '+', 1) }))
      .where('id', '=', id),
  ),
);
const deleteFrom = perTable((table) =>
  statement((db: Kysely<AnyTables>, id: string) => db.deleteFrom(table).where('id', '=', id)),
);
const selectFrom = perTable((table) =>
  statement((db: Kysely<AnyTables>, id: string) => db.selectFrom(table).selectAll().where('id', '=', id)),
);

/** What a resource is related to, for the journal: by its name, what each attribute with `link` names. */
function linksOf(definition: Definition, ...records: readonly object[]): Record<string, string[]> {
  return Object.fromEntries(
    linkAttributes(definition).map((name) => {
      const values = records.flatMap((record) => (record as Values)[name] ?? []);
      return [name, [...new Set(values.filter((value) => value !== '').map(String))]];
    }),
  );
}

/** As much of a resource as the journal needs. */
export type JournalSubject<D extends Definition> = { readonly id: string } & {
  readonly [K in LinkOf<D>]: unknown;
};

/**
 * Notes in the journal that a resource was made or deleted, or that some aspects of it changed: for what is not written
 * by the functions below.
 * @param record the resource as it was or is
 * @param links what else is to be found by, beside the attributes with `link`
 */
export function recordChange<D extends Definition>(
  tx: Tx,
  definition: D,
  record: JournalSubject<D>,
  aspects?: readonly AspectOf<D>[],
  links: Change['links'] = {},
): void {
  tx.record({
    resource: definition.name,
    id: record.id,
    attributes: aspects && new Set(aspects),
    links: { ...linksOf(definition, record), ...links },
  });
}

/**
 * Sends the insertion of the stored attributes of `values`, and of the columns that are no attributes.
 * @param values may have attributes that are not stored: what depends on the resource is found by them
 */
export function insertRow<D extends Definition>(
  tx: Tx,
  definition: D,
  values: StoredOf<D> & JournalSubject<D>,
  ...[further]: Further<D>
): void {
  sendRows(tx, definition.collection, [{ ...toRow(definition, values), ...further }]);
  recordChange(tx, definition, values);
}

/** As `insertRow`, for several. */
export function insertRowsOf<D extends Definition>(
  tx: Tx,
  definition: D,
  all: readonly (StoredOf<D> & JournalSubject<D>)[],
  ...[further]: Further<D>
): void {
  sendRows(
    tx,
    definition.collection,
    all.map((values) => ({ ...toRow(definition, values), ...further })),
  );
  for (const values of all) recordChange(tx, definition, values);
}

/** Sends the insertion of rows of any table. */
export function sendRows(tx: Tx, table: string, rows: readonly object[]): void {
  // What a row leaves out has the default of its column.
  const alike = rows.length < 2 ? [rows] : Map.groupBy(rows, (row) => Object.keys(row).join()).values();
  for (const group of alike)
    for (const slice of rowSlices(group as readonly ResourceRow[]))
      tx.send(insertInto(table).of(generic(tx.db), slice));
}

/**
 * Sends changed attributes (and `further` columns), and moves revision_number and updated_at on; nothing when nothing is
 * changed.
 * @param current as the changes build upon it
 * @param changes may have attributes that are not stored, which the caller writes
 * @param aspects what else has changed
 * @returns what updated_at and revision_number are now
 */
export function updateRow<D extends Definition>(
  tx: Tx,
  definition: D,
  current: JournalSubject<D> & { readonly revision_number: number; readonly updated_at: string },
  changes: { readonly [K in keyof D['attributes']]?: unknown },
  further: Partial<FurtherColumns<D>> = {},
  aspects: readonly AspectOf<D>[] = [],
): { updated_at: string; revision_number: number } {
  const before: Values = current;
  const changed = Object.entries(changes).flatMap(([name, value]) =>
    value === undefined || JSON.stringify(value) === JSON.stringify(before[name]) ? [] : [name],
  );
  const { updated_at, revision_number } = current;
  if (changed.length === 0 && aspects.length === 0 && Object.keys(further).length === 0)
    return { updated_at, revision_number };
  const moved = { updated_at: timestamp(), revision_number: revision_number + 1 };
  const columns = { ...toRow(definition, changes), ...further, ...moved };
  tx.send(updateIn(definition.collection).of(generic(tx.db), columns, current.id));
  if (changed.length > 0 || aspects.length > 0) {
    tx.record({
      resource: definition.name,
      id: current.id,
      attributes: new Set([...changed, ...aspects]),
      links: linksOf(definition, current, changes),
    });
  }
  return moved;
}

/** Moves revision_number and updated_at of a resource on: something that belongs to it was made, changed or deleted. */
export function touchRow(tx: Tx, { collection }: Definition, id: string): void {
  tx.send(touchIn(collection).of(generic(tx.db), timestamp(), id));
}

export function deleteRow<D extends Definition>(tx: Tx, definition: D, current: JournalSubject<D>): void {
  tx.send(deleteFrom(definition.collection).of(generic(tx.db), current.id));
  recordChange(tx, definition, current);
}

/** The row with this id. */
export async function findRow<T extends keyof Tables>(
  db: Kysely<Tables>,
  table: T,
  id: string,
): Promise<Selectable<Tables[T]> | undefined> {
  const row = await selectFrom(table).first(generic(db), id);
  return row as Selectable<Tables[T]> | undefined;
}

/** Splits what would be too many parameters for one statement. */
export function* slices<T>(items: readonly T[], size = 500): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
