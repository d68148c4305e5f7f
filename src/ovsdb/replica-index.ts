/** Look-ups in a table of the replica. */
import type { ColumnChange } from './change.ts';
import type { Atom } from './schema.ts';
import type { AnyRow, Datum } from './value.ts';

/** Rows of a table by a key; kept up to date by the replica. */
export interface Index<Key, R> {
  /** The rows with this key, as of now. */
  get(key: Key): ReadonlySet<R>;
  /** The keys that at least one row has. */
  keys(): Iterable<Key>;
}

/** What a table tells its indexes. */
export interface TableObserver {
  inserted(row: AnyRow): void;
  modified(row: AnyRow, columns: ReadonlyMap<string, ColumnChange>): void;
  deleted(row: AnyRow): void;
}

const none: ReadonlySet<never> = new Set<never>();

/** Most keys have one row: it needs no set. */
class Buckets<Key> {
  readonly #rows = new Map<Key, AnyRow | Set<AnyRow>>();

  get(key: Key): ReadonlySet<AnyRow> {
    const bucket = this.#rows.get(key);
    if (bucket === undefined) return none;
    return bucket instanceof Set ? bucket : new Set([bucket]);
  }

  keys(): Iterable<Key> {
    return this.#rows.keys();
  }

  protected add(key: Key, row: AnyRow): void {
    const bucket = this.#rows.get(key);
    if (bucket === undefined) this.#rows.set(key, row);
    else if (bucket instanceof Set) bucket.add(row);
    else if (bucket !== row) this.#rows.set(key, new Set([bucket, row]));
  }

  protected remove(key: Key, row: AnyRow): void {
    const bucket = this.#rows.get(key);
    if (bucket instanceof Set) bucket.delete(row);
    if (bucket === row || (bucket instanceof Set && bucket.size === 0)) this.#rows.delete(key);
  }
}

/** Rows by a function of the row; rows for which it yields undefined are left out. */
export class KeyIndex<Key> extends Buckets<Key> implements Index<Key, AnyRow>, TableObserver {
  readonly #keyOf: (row: AnyRow) => Key | undefined;
  /** The key under which each row is filed: a row is changed in place, so its old key must be remembered. */
  readonly #filed = new Map<AnyRow, Key>();

  constructor(keyOf: (row: AnyRow) => Key | undefined) {
    super();
    this.#keyOf = keyOf;
  }

  inserted(row: AnyRow): void {
    const key = this.#keyOf(row);
    if (key === undefined) return;
    this.#filed.set(row, key);
    this.add(key, row);
  }

  modified(row: AnyRow): void {
    if (this.#filed.get(row) === this.#keyOf(row)) return;
    this.deleted(row);
    this.inserted(row);
  }

  deleted(row: AnyRow): void {
    const key = this.#filed.get(row);
    if (key === undefined) return;
    this.#filed.delete(row);
    this.remove(key, row);
  }
}

/** Rows by the UUIDs that a column of theirs holds: who refers to X. Costs as much as the change is big. */
export class ReferenceIndex extends Buckets<string> implements Index<string, AnyRow>, TableObserver {
  readonly #column: string;

  constructor(column: string) {
    super();
    this.#column = column;
  }

  inserted(row: AnyRow): void {
    for (const uuid of referencesIn(row[this.#column])) this.add(uuid, row);
  }

  modified(row: AnyRow, columns: ReadonlyMap<string, ColumnChange>): void {
    const change = columns.get(this.#column);
    if (change === undefined) return;
    const was = change.form === 'scalar' ? referencesIn(change.was) : referencesIn(change.removed);
    const is = change.form === 'scalar' ? referencesIn(row[this.#column]) : referencesIn(change.added);
    for (const uuid of was) this.remove(uuid, row);
    for (const uuid of is) this.add(uuid, row);
  }

  deleted(row: AnyRow): void {
    for (const uuid of referencesIn(row[this.#column])) this.remove(uuid, row);
  }
}

function referencesIn(value: Datum | ReadonlySet<Atom> | ReadonlyMap<Atom, Atom>): Iterable<string> {
  if (value instanceof Map) return value.values() as Iterable<string>;
  if (value instanceof Set) return value as Iterable<string>;
  return value === undefined ? [] : [value as string];
}
