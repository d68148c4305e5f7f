/** How a client says which tables and columns it uses, and the types that follow from that. */
import { SchemaMismatchError } from './errors.ts';
import type { Atom, AtomType, ColumnSchema, DatabaseSchema } from './schema.ts';

/** How a column is seen from TypeScript, for instance `optional string` or `map of string to string`. */
export type ColumnKind =
  | AtomType
  | `optional ${AtomType}`
  | `set of ${AtomType}`
  | `map of ${AtomType} to ${AtomType}`;

/** The columns of a table that a client reads and writes. */
export type ColumnKinds = Readonly<Record<string, ColumnKind>>;
/** The tables of a database that a client reads and writes. */
export type TableKinds = Readonly<Record<string, ColumnKinds>>;

interface AtomOf {
  string: string;
  integer: number;
  real: number;
  boolean: boolean;
  uuid: string;
}

/** What a column of this kind holds in a row of the replica. */
export type ColumnValue<Kind> = Kind extends AtomType
  ? AtomOf[Kind]
  : Kind extends `optional ${infer A extends AtomType}`
    ? AtomOf[A] | undefined
    : Kind extends `set of ${infer A extends AtomType}`
      ? ReadonlySet<AtomOf[A]>
      : Kind extends `map of ${infer K extends AtomType} to ${infer V extends AtomType}`
        ? ReadonlyMap<AtomOf[K], AtomOf[V]>
        : never;

/**
 * A row of the replica. It is live: the replica changes it in place, so whoever wants to keep a value beyond
 * the current turn of the event loop copies it.
 */
export type Row<Columns extends ColumnKinds = ColumnKinds> = { readonly _uuid: string } & {
  readonly [Column in keyof Columns]: ColumnValue<Columns[Column]>;
};

/** The tables and columns of a database that a client works with. */
export interface Declaration<Tables extends TableKinds = TableKinds> {
  /** Name of the database, for instance `OVN_Northbound`. */
  readonly database: string;
  readonly tables: Tables;
}

/**
 * Declares what a client needs of a database; the row types follow from it.
 *
 *     declareDatabase('Open_vSwitch', { Bridge: { name: 'string', ports: 'set of uuid' } })
 */
export function declareDatabase<const Tables extends TableKinds>(
  database: string,
  tables: Tables,
): Declaration<Tables> {
  return { database, tables };
}

export type Form = 'scalar' | 'optional' | 'set' | 'map';

interface ParsedKind {
  readonly form: Form;
  readonly key: AtomType;
  readonly value: AtomType | undefined;
}

/** A declared column together with the server's schema for it. */
export interface BoundColumn {
  readonly name: string;
  readonly form: Form;
  readonly schema: ColumnSchema;
}

/** A declared table as far as the server has it; `columns` lacks those that the server does not know. */
export interface BoundTable {
  readonly name: string;
  readonly columns: ReadonlyMap<string, BoundColumn>;
}

/** The declared tables that the server has. */
export type BoundTables = ReadonlyMap<string, BoundTable>;

/**
 * Matches a declaration with the schema that the server reports. Tables and columns that the server lacks are
 * left out, so that a client which knows a newer release also works with an older one.
 *
 * @throws SchemaMismatchError when a column has another type than declared
 */
export function bindDeclaration(declaration: Declaration, schema: DatabaseSchema): BoundTables {
  const bound = new Map<string, BoundTable>();
  for (const [name, kinds] of Object.entries(declaration.tables)) {
    const table = schema.tables.get(name);
    if (table === undefined) continue;
    const columns = new Map<string, BoundColumn>();
    for (const [column, kind] of Object.entries(kinds)) {
      const server = table.columns.get(column);
      if (server === undefined) continue;
      const declared = parseKind(kind);
      if (!fits(declared, server)) {
        throw new SchemaMismatchError(
          `${schema.name} ${schema.version}: ${name}.${column} is no "${kind}" but ${JSON.stringify(server.type)}`,
        );
      }
      columns.set(column, { name: column, form: declared.form, schema: server });
    }
    bound.set(name, { name, columns });
  }
  return bound;
}

/** Most sets and maps are empty: one of each serves all rows. Whoever changes a column replaces an empty one. */
export const emptySet: Set<Atom> = new Set();
export const emptyMap: Map<Atom, Atom> = new Map();

/** What a declared column holds when the server says nothing about it (RFC 7047 section 5.2.1). */
export function defaultOf(kind: ColumnKind): Atom | undefined | Set<Atom> | Map<Atom, Atom> {
  const { form, key } = parseKind(kind);
  if (form === 'set') return emptySet;
  if (form === 'map') return emptyMap;
  return form === 'optional' ? undefined : DEFAULT_ATOMS[key];
}

const DEFAULT_ATOMS: AtomOf = {
  string: '',
  integer: 0,
  real: 0,
  boolean: false,
  uuid: '00000000-0000-0000-0000-000000000000',
};

function parseKind(kind: ColumnKind): ParsedKind {
  const words = kind.split(' ');
  const atom = (position: number) => words[position] as AtomType;
  switch (words[0]) {
    case 'map': // of K to V
      return { form: 'map', key: atom(2), value: atom(4) };
    case 'set': // of A
      return { form: 'set', key: atom(2), value: undefined };
    case 'optional':
      return { form: 'optional', key: atom(1), value: undefined };
    default:
      return { form: 'scalar', key: atom(0), value: undefined };
  }
}

function fits({ form, key, value }: ParsedKind, { type }: ColumnSchema): boolean {
  if (type.key.type !== key || type.value?.type !== value) return false;
  if (form === 'scalar') return type.min === 1 && type.max === 1;
  return form !== 'optional' || type.max === 1;
}
