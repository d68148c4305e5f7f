/** Values of columns: as JSON on the wire, as JavaScript's in rows. */
import { type BoundColumn, type ColumnKind, type ColumnKinds, emptyMap, emptySet } from './declaration.ts';
import { ValueError } from './errors.ts';
import type { Json } from './json.ts';
import type { Atom, BaseType } from './schema.ts';

/** Stands for a row that the same transaction inserts (RFC 7047 section 5.1, <named-uuid>). */
export class NamedUuid {
  readonly name: string;
  readonly table: string;

  constructor(name: string, table: string) {
    this.name = name;
    this.table = table;
  }
}

/** A decoded column: an atom, undefined for an empty optional, a Set or a Map. */
export type Datum = Atom | undefined | Set<Atom> | Map<Atom, Atom>;

type WritableAtom<Type> = Type extends 'string'
  ? string
  : Type extends 'integer' | 'real'
    ? number
    : Type extends 'boolean'
      ? boolean
      : string | NamedUuid;

/** A row of the replica, whatever its table. */
export interface AnyRow {
  readonly _uuid: string;
  [column: string]: Datum;
}

/**
 * What may be written to a column of this kind: any iterable for a set, a Map or an object for a map; undefined
 * empties it.
 */
export type WritableOf<Kind extends ColumnKind> = [ColumnKind] extends [Kind]
  ? AnyWritable
  : Kind extends `optional ${infer A}`
    ? WritableAtom<A> | undefined
    : Kind extends `set of ${infer A}`
      ? Iterable<WritableAtom<A>> | undefined
      : Kind extends `map of ${infer K} to ${infer V}`
        ?
            | ReadonlyMap<WritableAtom<K>, WritableAtom<V>>
            | Readonly<Record<string, WritableAtom<V>>>
            | undefined
        : WritableAtom<Kind>;

/** What may be written to a column whose kind is known at run time only. */
type AnyWritable =
  | Atom
  | NamedUuid
  | undefined
  | Iterable<Atom | NamedUuid>
  | ReadonlyMap<Atom, Atom | NamedUuid>
  | Readonly<Record<string, Atom | NamedUuid>>;

/** Columns to write to a row; those left out keep their value or take the default. */
export type WritableRow<Columns extends ColumnKinds = ColumnKinds> = {
  readonly [Column in keyof Columns]?: WritableOf<Columns[Column]>;
};

/** Keys of maps are few and come in every row: one text of each is enough. */
const mapKeys = new Map<Atom, Atom>();
const MOST_MAP_KEYS = 1_000;

/** Decodes a <value> (RFC 7047 section 5.1) to what the column was declared as. */
export function decode(column: BoundColumn, json: Json): Datum {
  switch (column.form) {
    case 'scalar':
      return decodeAtom(json);
    case 'optional': {
      const [atom] = decodeAtoms(json);
      return atom;
    }
    case 'set': {
      const atoms = decodeAtoms(json);
      return atoms.length === 0 ? emptySet : new Set(atoms);
    }
    case 'map': {
      const pairs = decodePairs(json);
      return pairs.length === 0 ? emptyMap : new Map(pairs);
    }
  }
}

/** The members of a set, or of the single atom that stands for a set of one. */
export function decodeAtoms(json: Json): Atom[] {
  if (Array.isArray(json) && json[0] === 'set') return (json[1] as Json[]).map(decodeAtom);
  return [decodeAtom(json)];
}

/** The pairs of a map. */
export function decodePairs(json: Json): [Atom, Atom][] {
  const pairs = (json as Json[])[1] as [Json, Json][];
  return pairs.map(([key, value]) => [sharedKey(decodeAtom(key)), decodeAtom(value)]);
}

function sharedKey(key: Atom): Atom {
  const known = mapKeys.get(key);
  if (known !== undefined) return known;
  if (mapKeys.size < MOST_MAP_KEYS) mapKeys.set(key, key);
  return key;
}

function decodeAtom(json: Json): Atom {
  return (Array.isArray(json) ? json[1] : json) as Atom;
}

/**
 * Encodes a whole value for a column, after checking it against the server's schema.
 *
 * @throws ValueError that names table, column and value
 */
export function encode(table: string, column: BoundColumn, value: unknown): Json {
  const { min, max } = column.schema.type;
  const [form, members] = encodeMembers(table, column, value);
  const count = members.length;
  if (count < min)
    throw new ValueError(table, column.name, value, `has ${count} elements, at least ${min} is needed`);
  if (count > max)
    throw new ValueError(table, column.name, value, `has ${count} elements, at most ${max} fit`);
  return form === 'set' && count === 1 ? members[0]! : [form, members];
}

/**
 * Encodes members of a set or pairs of a map, for a mutation that inserts them (RFC 7047 section 5.1).
 *
 * @throws ValueError that names table, column and value
 */
export function encodeMembers(table: string, column: BoundColumn, value: unknown): ['set' | 'map', Json[]] {
  const { key: keyType, value: valueType } = column.schema.type;
  const fail = failing(table, column);
  if (valueType === undefined) {
    const atoms = atomsOf(column, value) ?? fail(value, 'is not iterable');
    return ['set', atoms.map((atom) => encodeAtom(keyType, atom, fail))];
  }
  const pairs = pairsOf(value) ?? fail(value, 'is neither a Map nor an object of key-value pairs');
  return ['map', pairs.map(([key, of]) => [encodeAtom(keyType, key, fail), encodeAtom(valueType, of, fail)])];
}

/**
 * Encodes members of a set or keys of a map, for a mutation that deletes them (RFC 7047 section 5.1).
 *
 * @throws ValueError that names table, column and value
 */
export function encodeKeys(table: string, column: BoundColumn, keys: Iterable<unknown>): ['set', Json[]] {
  const fail = failing(table, column);
  return ['set', Array.from(keys, (key) => encodeAtom(column.schema.type.key, key, fail))];
}

type Fail = (value: unknown, reason: string) => never;

function failing(table: string, column: BoundColumn): Fail {
  return (value, reason) => {
    throw new ValueError(table, column.name, value, reason);
  };
}

function atomsOf(column: BoundColumn, value: unknown): unknown[] | undefined {
  if (value === undefined) return [];
  if (column.form !== 'set') return [value];
  return isIterable(value) ? [...new Set(value)] : undefined;
}

function pairsOf(value: unknown): [unknown, unknown][] | undefined {
  if (value === undefined) return [];
  if (value instanceof Map) return [...value];
  if (typeof value === 'object' && value !== null && !isIterable(value)) return Object.entries(value);
  return undefined;
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function encodeAtom(base: BaseType, atom: unknown, fail: Fail): Json {
  switch (base.type) {
    case 'uuid':
      return encodeReference(base, atom, fail);
    case 'string':
      return checkedString(base, atom, fail);
    case 'boolean':
      return typeof atom === 'boolean' ? atom : fail(atom, 'is not a boolean');
    default:
      return checkedNumber(base, atom, fail);
  }
}

const UUID_SYNTAX = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function encodeReference(base: BaseType, atom: unknown, fail: Fail): Json {
  if (atom instanceof NamedUuid) {
    if (base.refTable !== undefined && base.refTable !== atom.table) {
      fail(atom.name, `is a row of ${atom.table}, where one of ${base.refTable} is needed`);
    }
    return ['named-uuid', atom.name];
  }
  if (typeof atom !== 'string' || !UUID_SYNTAX.test(atom)) return fail(atom, 'is not a UUID');
  return ['uuid', atom];
}

function checkedString(base: BaseType, atom: unknown, fail: Fail): string {
  if (typeof atom !== 'string') return fail(atom, 'is not a string');
  if (!atom.isWellFormed() || atom.includes('\0')) fail(atom, 'is not UTF-8 text without NUL');
  if (base.enum !== undefined && !base.enum.has(atom)) fail(atom, `is not one of ${listOf(base.enum)}`);
  if (atom.length < base.minLength) fail(atom, `is shorter than ${base.minLength} characters`);
  if (atom.length > base.maxLength) fail(atom, `is longer than ${base.maxLength} characters`);
  return atom;
}

function checkedNumber(base: BaseType, atom: unknown, fail: Fail): number {
  if (typeof atom !== 'number' || !Number.isFinite(atom)) return fail(atom, 'is not a number');
  if (base.type === 'integer' && !Number.isSafeInteger(atom)) fail(atom, 'is not an integer below 2^53');
  if (base.enum !== undefined && !base.enum.has(atom)) fail(atom, `is not one of ${listOf(base.enum)}`);
  if (atom < base.minimum) fail(atom, `is less than ${base.minimum}`);
  if (atom > base.maximum) fail(atom, `is greater than ${base.maximum}`);
  return atom;
}

function listOf(atoms: ReadonlySet<Atom>): string {
  return [...atoms].map(String).sort().join(', ');
}
