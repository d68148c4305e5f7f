/** The replica: what a client knows of the database. */
import { Listeners } from '../base/index.ts';
import type { ReplicaChange, RowChange } from './change.ts';
import type { BoundTables, Declaration, TableKinds } from './declaration.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { ReplicaTable, type Table } from './replica-table.ts';

/** Called with all the changes of one update, after the replica has taken them all. */
export type ChangeListener<Tables extends TableKinds> = (changes: readonly ReplicaChange<Tables>[]) => void;

/** The three ways in which servers describe changes: `update` (RFC 7047) and `update2` (ovsdb-server(7)). */
export type UpdateFormat = 'whole rows' | 'differences';

/** An in-memory copy of the declared part of a database. */
export class Replica<Tables extends TableKinds> {
  readonly #tables = new Map<string, ReplicaTable>();
  readonly #listeners = new Listeners<readonly ReplicaChange<Tables>[]>();

  constructor(declaration: Declaration<Tables>) {
    for (const [name, kinds] of Object.entries(declaration.tables)) {
      this.#tables.set(name, new ReplicaTable(name, kinds));
    }
  }

  /** The rows of a declared table; empty when the server does not have it. */
  table<Name extends keyof Tables & string>(name: Name): Table<Tables[Name]> {
    return this.#tables.get(name) as unknown as Table<Tables[Name]>;
  }

  /** Rows of all tables. */
  get size(): number {
    return this.#tables.values().reduce((sum, { size }) => sum + size, 0);
  }

  /** Calls `listener` for every update from now on; the result ends it. */
  onChange(listener: ChangeListener<Tables>): () => void {
    return this.#listeners.add(listener);
  }

  /** Says which tables and columns the server sends from now on. */
  bind(tables: BoundTables): void {
    for (const [name, table] of this.#tables) table.bind(tables.get(name));
  }

  /** Takes the changes that the server reports. */
  apply(updates: Json, format: UpdateFormat): void {
    this.#announce([...this.#changes(updates, format)]);
  }

  /** Takes the whole contents: what is not in it is gone. Only real changes are announced. */
  reset(contents: Json, format: UpdateFormat): void {
    const present = isJsonObject(contents) ? contents : {};
    const gone: RowChange[] = [];
    for (const [name, table] of this.#tables) {
      const rows = present[name];
      const stays = isJsonObject(rows) ? rows : {};
      for (const { _uuid } of [...table.rows()]) {
        const change = Object.hasOwn(stays, _uuid) ? undefined : table.delete(_uuid);
        if (change !== undefined) gone.push(change);
      }
    }
    this.#announce([...gone, ...this.#changes(contents, format)]);
  }

  *#changes(updates: Json, format: UpdateFormat): Generator<RowChange> {
    if (!isJsonObject(updates)) return;
    for (const [name, rows] of Object.entries(updates)) {
      const table = this.#tables.get(name);
      if (table === undefined || !isJsonObject(rows)) continue;
      for (const [uuid, update] of Object.entries(rows)) {
        const change = applyRow[format](table, uuid, update as JsonObject);
        if (change !== undefined) yield change;
      }
    }
  }

  #announce(changes: readonly RowChange[]): void {
    if (changes.length === 0) return;
    this.#listeners.tell(changes as unknown as readonly ReplicaChange<Tables>[]);
  }
}

type ApplyRow = (table: ReplicaTable, uuid: string, update: JsonObject) => RowChange | undefined;

const applyRow: Record<UpdateFormat, ApplyRow> = {
  'whole rows': (table, uuid, update) =>
    isJsonObject(update.new) ? table.put(uuid, update.new) : table.delete(uuid),
  differences: (table, uuid, update) => {
    const whole = update.initial ?? update.insert;
    if (isJsonObject(whole)) return table.put(uuid, whole);
    const { modify } = update;
    return isJsonObject(modify) ? table.modify(uuid, modify) : table.delete(uuid);
  },
};
