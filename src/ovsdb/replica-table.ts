/** One table of the replica. */
import type { ColumnChange, RowChange } from './change.ts';
import { type BoundColumn, type BoundTable, type ColumnKinds, defaultOf, type Row } from './declaration.ts';
import type { Json, JsonObject } from './json.ts';
import { type Index, KeyIndex, ReferenceIndex, type TableObserver } from './replica-index.ts';
import type { Atom } from './schema.ts';
import { type AnyRow, type Datum, decode, decodeAtoms, decodePairs } from './value.ts';

const noColumns: ReadonlyMap<string, ColumnChange> = new Map();

/** The rows of one table, as a client reads them. */
export interface Table<Columns extends ColumnKinds> {
  readonly size: number;
  get(uuid: string): Row<Columns> | undefined;
  rows(): Iterable<Row<Columns>>;
  /** Whether the server has this column; it reads as its default, and cannot be written, when not. */
  has(column: keyof Columns & string): boolean;
  /** Makes an index by a function of the row; rows for which it yields undefined are not in it. */
  index<Key>(keyOf: (row: Row<Columns>) => Key | undefined): Index<Key, Row<Columns>>;
  /** The rows whose column holds a given UUID. */
  referrers(column: keyof Columns & string): Index<string, Row<Columns>>;
}

/** One table of the replica: rows, indexes, and how updates of the server change them. */
export class ReplicaTable {
  readonly name: string;
  readonly #kinds: ColumnKinds;
  readonly #rows = new Map<string, AnyRow>();
  readonly #observers: TableObserver[] = [];
  readonly #referrers = new Map<string, ReferenceIndex>();
  #columns: ReadonlyMap<string, BoundColumn> = new Map();

  constructor(name: string, kinds: ColumnKinds) {
    this.name = name;
    this.#kinds = kinds;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(uuid: string): AnyRow | undefined {
    return this.#rows.get(uuid);
  }

  rows(): Iterable<AnyRow> {
    return this.#rows.values();
  }

  has(column: string): boolean {
    return this.#columns.has(column);
  }

  index<Key>(keyOf: (row: AnyRow) => Key | undefined): Index<Key, AnyRow> {
    return this.#observe(new KeyIndex(keyOf));
  }

  referrers(column: string): Index<string, AnyRow> {
    const known = this.#referrers.get(column);
    if (known !== undefined) return known;
    const index = this.#observe(new ReferenceIndex(column));
    this.#referrers.set(column, index);
    return index;
  }

  /** Says which columns the server sends from now on. */
  bind(table: BoundTable | undefined): void {
    this.#columns = table?.columns ?? new Map();
  }

  /** Takes a whole row; columns left out have their default. */
  put(uuid: string, json: JsonObject): RowChange | undefined {
    const row = this.#rows.get(uuid);
    if (row === undefined) return this.#insert(uuid, json);
    const columns = new Map<string, ColumnChange>();
    for (const column of this.#columns.values()) {
      const value = this.#valueIn(json, column);
      const change = difference(row[column.name], value);
      if (change === undefined) continue;
      row[column.name] = value;
      columns.set(column.name, change);
    }
    return this.#modified(row, columns);
  }

  /** Takes the difference that a `modify` of update2 describes (ovsdb-server(7), section 4.1.14). */
  modify(uuid: string, json: JsonObject): RowChange | undefined {
    const row = this.#rows.get(uuid);
    if (row === undefined) return undefined;
    const columns = new Map<string, ColumnChange>();
    for (const [name, diff] of Object.entries(json)) {
      const column = this.#columns.get(name);
      if (column === undefined) continue;
      const change = applyDiff(row, column, diff);
      if (change !== undefined) columns.set(name, change);
    }
    return this.#modified(row, columns);
  }

  delete(uuid: string): RowChange | undefined {
    const row = this.#rows.get(uuid);
    if (row === undefined) return undefined;
    this.#rows.delete(uuid);
    for (const observer of this.#observers) observer.deleted(row);
    return { table: this.name, kind: 'delete', row, columns: noColumns };
  }

  #insert(uuid: string, json: JsonObject): RowChange {
    const row: AnyRow = { _uuid: uuid };
    for (const [name, kind] of Object.entries(this.#kinds)) {
      const column = this.#columns.get(name);
      row[name] = column === undefined ? defaultOf(kind) : this.#valueIn(json, column);
    }
    this.#rows.set(uuid, row);
    for (const observer of this.#observers) observer.inserted(row);
    return { table: this.name, kind: 'insert', row, columns: noColumns };
  }

  #valueIn(json: JsonObject, column: BoundColumn): Datum {
    const value = json[column.name];
    return value === undefined ? defaultOf(this.#kinds[column.name]!) : decode(column, value);
  }

  #modified(row: AnyRow, columns: ReadonlyMap<string, ColumnChange>): RowChange | undefined {
    if (columns.size === 0) return undefined;
    for (const observer of this.#observers) observer.modified(row, columns);
    return { table: this.name, kind: 'modify', row, columns };
  }

  #observe<T extends TableObserver>(index: T): T {
    for (const row of this.#rows.values()) index.inserted(row);
    this.#observers.push(index);
    return index;
  }
}

/** Changes a column in place by the server's difference; the cost is that of the difference. */
function applyDiff(row: AnyRow, column: BoundColumn, diff: Json): ColumnChange | undefined {
  const value = row[column.name];
  // The server sends differences only for columns that can hold more than one element, else the new value.
  if (column.schema.type.max > 1) {
    if (value instanceof Set) {
      const set = value.size === 0 ? new Set<Atom>() : value;
      row[column.name] = set;
      return applySetDiff(set, decodeAtoms(diff));
    }
    if (value instanceof Map) {
      const map = value.size === 0 ? new Map<Atom, Atom>() : value;
      row[column.name] = map;
      return applyMapDiff(map, decodePairs(diff));
    }
  }
  const is = decode(column, diff);
  row[column.name] = is;
  return difference(value, is);
}

function applySetDiff(set: Set<Atom>, toggled: readonly Atom[]): ColumnChange {
  const added = new Set<Atom>();
  const removed = new Set<Atom>();
  for (const atom of toggled) {
    if (set.delete(atom)) {
      removed.add(atom);
    } else {
      set.add(atom);
      added.add(atom);
    }
  }
  return { form: 'set', added, removed };
}

/** A key with its present value goes, any other pair is the new value of its key. */
function applyMapDiff(map: Map<Atom, Atom>, pairs: readonly [Atom, Atom][]): ColumnChange {
  const added = new Map<Atom, Atom>();
  const removed = new Map<Atom, Atom>();
  for (const [key, value] of pairs) {
    const was = map.get(key);
    if (was !== undefined) removed.set(key, was);
    if (was === value) {
      map.delete(key);
    } else {
      map.set(key, value);
      added.set(key, value);
    }
  }
  return { form: 'map', added, removed };
}

function difference(was: Datum, is: Datum): ColumnChange | undefined {
  if (was instanceof Set && is instanceof Set) {
    const added = is.difference(was);
    const removed = was.difference(is);
    return added.size + removed.size === 0 ? undefined : { form: 'set', added, removed };
  }
  if (was instanceof Map && is instanceof Map) {
    const added = pairsMissing(is, was);
    const removed = pairsMissing(was, is);
    return added.size + removed.size === 0 ? undefined : { form: 'map', added, removed };
  }
  return was === is ? undefined : { form: 'scalar', was: was as Atom | undefined };
}

/** The pairs of one map that the other does not have. */
function pairsMissing(of: Map<Atom, Atom>, other: Map<Atom, Atom>): Map<Atom, Atom> {
  return new Map([...of].filter(([key, value]) => other.get(key) !== value));
}
