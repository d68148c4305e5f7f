/** Rows of a resource's table and what its definition says of them: conversion both ways, insert, update, delete. */
import type { Insertable, Kysely, Selectable, Updateable } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { columnOf, type Definition, storedAttributes } from './definition/definition.ts';

/** A resource's attributes by name. */
export type Values = Record<string, unknown>;

type TableName =
  | 'networks'
  | 'subnets'
  | 'ports'
  | 'routers'
  | 'address_groups'
  | 'security_groups'
  | 'security_group_rules'
  | 'default_security_group_rules'
  | 'logs'
  | 'instances'
  | 'anycast_addresses';

/** The same columns, whichever of the tables it is: what generic code may use. */
type AnyTable = Kysely<{ [T in TableName]: { id: string; project_id: string } }>;

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

const codecs = new WeakMap<Definition, Codec[]>();

function codecsOf(definition: Definition): Codec[] {
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
export function columnValue(definition: Definition, attribute: string, value: unknown): unknown {
  const codec = codecsOf(definition).find((candidate) => candidate.attribute === attribute);
  return codec ? codec.toColumn(value) : value;
}

/** The columns for the stored attributes that `values` has; others are left out. */
export function toRow(definition: Definition, values: Values): Values {
  const row: Values = {};
  for (const { attribute, column, toColumn } of codecsOf(definition)) {
    const value = values[attribute];
    if (value !== undefined) row[column] = toColumn(value);
  }
  return row;
}

/** The stored attributes that a row holds, and tenant_id. */
export function fromRow(definition: Definition, row: Values): Values {
  const values: Values = {};
  for (const { attribute, column, fromColumn } of codecsOf(definition))
    values[attribute] = fromColumn(row[column]);
  if ('tenant_id' in definition.attributes) values.tenant_id = values.project_id;
  return values;
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

const generic = (db: Kysely<Tables>): AnyTable => db as unknown as AnyTable;

/** Inserts the stored attributes of `values`, and `extra` columns that are no attributes. */
export async function insertRow(
  db: Kysely<Tables>,
  definition: Definition,
  values: Values,
  extra: Values = {},
): Promise<void> {
  const table = definition.collection as TableName;
  const row = { ...toRow(definition, values), ...extra } as unknown as Insertable<{
    id: string;
    project_id: string;
  }>;
  await generic(db).insertInto(table).values(row).execute();
}

/**
 * Writes changed attributes (and `extra` columns), and moves revision_number and updated_at on.
 * @param revision the revision that `values` builds upon
 * @returns what updated_at and revision_number are now
 */
export async function updateRow(
  db: Kysely<Tables>,
  definition: Definition,
  current: { id: string; revision_number: number },
  changes: Values,
  extra: Values = {},
): Promise<{ updated_at: string; revision_number: number }> {
  const moved = { updated_at: timestamp(), revision_number: current.revision_number + 1 };
  const row = { ...toRow(definition, changes), ...extra, ...moved } as unknown as Updateable<{
    id: string;
    project_id: string;
  }>;
  await generic(db)
    .updateTable(definition.collection as TableName)
    .set(row)
    .where('id', '=', current.id)
    .execute();
  return moved;
}

export async function deleteRow(db: Kysely<Tables>, definition: Definition, id: string): Promise<void> {
  await generic(db)
    .deleteFrom(definition.collection as TableName)
    .where('id', '=', id)
    .execute();
}

/** The row with this id. */
export async function findRow<T extends TableName>(
  db: Kysely<Tables>,
  table: T,
  id: string,
): Promise<Selectable<Tables[T]> | undefined> {
  const row = await generic(db)
    .selectFrom(table as TableName)
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row as unknown as Selectable<Tables[T]> | undefined;
}

/** Splits what would be too many parameters for one statement. */
export function* slices<T>(items: readonly T[], size = 500): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
