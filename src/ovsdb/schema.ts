/** A database's schema, as its server describes it. */
import { SchemaMismatchError } from './errors.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** A value of one of OVSDB's atomic types; a UUID is its text. */
export type Atom = string | number | boolean;
export type AtomType = 'string' | 'integer' | 'real' | 'boolean' | 'uuid';

/** RFC 7047 section 3.2, <base-type>. */
export interface BaseType {
  readonly type: AtomType;
  readonly enum: ReadonlySet<Atom> | undefined;
  /** Smallest and largest number. */
  readonly minimum: number;
  readonly maximum: number;
  /** Shortest and longest text. */
  readonly minLength: number;
  readonly maxLength: number;
  readonly refTable: string | undefined;
}

/** RFC 7047 section 3.2, <type>: `value` is there for maps only, `max` may be Infinity. */
export interface ColumnType {
  readonly key: BaseType;
  readonly value: BaseType | undefined;
  readonly min: number;
  readonly max: number;
}

export interface ColumnSchema {
  readonly name: string;
  readonly type: ColumnType;
  readonly mutable: boolean;
}

export interface TableSchema {
  readonly name: string;
  readonly columns: ReadonlyMap<string, ColumnSchema>;
}

export interface DatabaseSchema {
  readonly name: string;
  readonly version: string;
  readonly tables: ReadonlyMap<string, TableSchema>;
}

const ATOM_TYPES: readonly string[] = ['string', 'integer', 'real', 'boolean', 'uuid'] satisfies AtomType[];

/**
 * Reads a <database-schema> (RFC 7047 section 3.2) as `get_schema` answers it.
 *
 * @throws SchemaMismatchError when it is not one
 */
export function parseSchema(json: Json): DatabaseSchema {
  const schema = object(json, 'the schema');
  const tables = new Map<string, TableSchema>();
  for (const [name, table] of Object.entries(object(schema.tables, 'tables'))) {
    const columns = new Map<string, ColumnSchema>();
    for (const [column, definition] of Object.entries(object(object(table, name).columns, name))) {
      const { type, mutable } = object(definition, `${name}.${column}`);
      columns.set(column, { name: column, type: parseColumnType(type), mutable: mutable !== false });
    }
    tables.set(name, { name, columns });
  }
  return { name: String(schema.name), version: String(schema.version ?? ''), tables };
}

function parseColumnType(json: Json | undefined): ColumnType {
  if (typeof json === 'string') return { key: parseBaseType(json), value: undefined, min: 1, max: 1 };
  const { key, value, min = 1, max = 1 } = object(json, 'a column type');
  return {
    key: parseBaseType(key),
    value: value === undefined ? undefined : parseBaseType(value),
    min: Number(min),
    max: max === 'unlimited' ? Number.POSITIVE_INFINITY : Number(max),
  };
}

function parseBaseType(json: Json | undefined): BaseType {
  const base: JsonObject = typeof json === 'string' ? { type: json } : object(json, 'a base type');
  const { type } = base;
  if (typeof type !== 'string' || !ATOM_TYPES.includes(type)) {
    throw new SchemaMismatchError(`the schema has the unknown type ${JSON.stringify(type)}`);
  }
  const number = (name: string) => (typeof base[name] === 'number' ? base[name] : undefined);
  return {
    type: type as AtomType,
    enum: base.enum === undefined ? undefined : new Set(atomsOfEnum(base.enum)),
    minimum: number('minInteger') ?? number('minReal') ?? Number.NEGATIVE_INFINITY,
    maximum: number('maxInteger') ?? number('maxReal') ?? Number.POSITIVE_INFINITY,
    minLength: number('minLength') ?? 0,
    maxLength: number('maxLength') ?? Number.POSITIVE_INFINITY,
    refTable: typeof base.refTable === 'string' ? base.refTable : undefined,
  };
}

function atomsOfEnum(json: Json): Atom[] {
  const atoms = Array.isArray(json) && json[0] === 'set' && Array.isArray(json[1]) ? json[1] : [json];
  return atoms.filter((atom) => typeof atom !== 'object');
}

function object(json: Json | undefined, what: string): JsonObject {
  if (isJsonObject(json)) return json;
  throw new SchemaMismatchError(`the server's schema is malformed: ${what} is not an object`);
}
