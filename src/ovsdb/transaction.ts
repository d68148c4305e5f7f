/** What a transaction is made of. */
import type { BoundColumn, BoundTable, BoundTables, ColumnKinds, TableKinds } from './declaration.ts';
import { OvsdbError, serverError, ValueError } from './errors.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import type { Atom } from './schema.ts';
import { encode, encodeKeys, encodeMembers, NamedUuid, type WritableOf, type WritableRow } from './value.ts';

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'includes' | 'excludes';

/** Rows to act on: one by its UUID, or all that meet every condition (none: all rows). */
export type Where<Columns extends ColumnKinds> =
  | string
  | readonly (readonly [keyof Columns & string, Comparison, unknown])[];

interface Mutation<Inserted = unknown> {
  readonly insert?: Inserted;
  readonly delete?: Iterable<Atom>;
}

/** Members to put into and take out of a set, or pairs into and keys out of a map. */
export type Mutations<Columns extends ColumnKinds> = {
  readonly [Column in keyof Columns]?: Mutation<WritableOf<Columns[Column]>>;
};

/** What a transaction that went through did. */
export interface TransactionResult {
  /** The UUID that a row inserted by this transaction got. */
  uuid(inserted: NamedUuid): string;
  /** How many rows the operation with this index changed or deleted; 0 for other operations. */
  count(operation: number): number;
}

/**
 * Collects the operations of one transaction (RFC 7047 section 5.2). Values are checked against the server's
 * schema as they are added. Columns that the server does not know are left out.
 *
 * Operations that act on existing rows give their index, by which the result tells how many rows they met.
 */
export class Transaction<Tables extends TableKinds> {
  readonly #tables: BoundTables;
  readonly #operations: JsonObject[] = [];
  /** The rows to insert, with the index of their operation. */
  readonly #inserted = new Map<NamedUuid, number>();

  constructor(tables: BoundTables) {
    this.#tables = tables;
  }

  /** The operations as they go to the server. */
  get operations(): readonly JsonObject[] {
    return this.#operations;
  }

  insert<Name extends keyof Tables & string>(table: Name, row: WritableRow<Tables[Name]>): NamedUuid {
    const bound = this.#table(table);
    const name = new NamedUuid(`row${this.#operations.length}`, table);
    const operation = { op: 'insert', table, 'uuid-name': name.name, row: encodeRow(bound, row) };
    this.#inserted.set(name, this.#add(operation));
    return name;
  }

  update<Name extends keyof Tables & string>(
    table: Name,
    where: Where<Tables[Name]>,
    row: WritableRow<Tables[Name]>,
  ): number {
    const bound = this.#table(table);
    return this.#add({ op: 'update', table, where: encodeWhere(bound, where), row: encodeRow(bound, row) });
  }

  mutate<Name extends keyof Tables & string>(
    table: Name,
    where: Where<Tables[Name]>,
    mutations: Mutations<Tables[Name]>,
  ): number {
    const bound = this.#table(table);
    const encoded: Json[] = [];
    for (const [name, mutation] of Object.entries<Mutation | undefined>(mutations)) {
      const column = bound.columns.get(name);
      if (column === undefined) continue;
      const { insert, delete: remove } = mutation ?? {};
      const gone = [name, 'delete', encodeKeys(table, column, remove ?? [])] as const;
      const come = [name, 'insert', encodeMembers(table, column, insert)] as const;
      const both = mustHaveSome(column) ? [come, gone] : [gone, come];
      encoded.push(...both.filter(([, , [, members]]) => members.length > 0).map((one) => [...one]));
    }
    return this.#add({ op: 'mutate', table, where: encodeWhere(bound, where), mutations: encoded });
  }

  delete<Name extends keyof Tables & string>(table: Name, where: Where<Tables[Name]>): number {
    return this.#add({ op: 'delete', table, where: encodeWhere(this.#table(table), where) });
  }

  /**
   * Lets the transaction go on only once the rows that `where` selects have (`==`), or do not have (`!=`),
   * exactly the given contents; no rows at all when `rows` is empty.
   *
   * @param timeoutMs how long the server may wait for that; then the transaction fails with a RetryableError
   */
  wait<Name extends keyof Tables & string>(
    table: Name,
    where: Where<Tables[Name]>,
    columns: readonly (keyof Tables[Name] & string)[],
    until: '==' | '!=',
    rows: readonly WritableRow<Tables[Name]>[],
    timeoutMs = 0,
  ): void {
    const bound = this.#table(table);
    this.#add({
      op: 'wait',
      timeout: timeoutMs,
      table,
      where: encodeWhere(bound, where),
      columns: [...columns],
      until,
      rows: rows.map((row) => encodeRow(bound, row)),
    });
  }

  /** Fails the transaction with a LockNotHeldError unless this client holds the lock. */
  assertLock(lock: string): void {
    this.#add({ op: 'assert', lock });
  }

  /** A note for the server's transaction log. */
  comment(text: string): void {
    this.#add({ op: 'comment', comment: text });
  }

  /**
   * Reads the server's reply to these operations.
   *
   * @throws RetryableError, LockNotHeldError or RefusedError when it was not carried out
   */
  readReply(reply: Json): TransactionResult {
    const results = Array.isArray(reply) ? reply : [];
    for (const [index, result] of results.entries()) {
      if (!isJsonObject(result) || result.error === undefined) continue;
      // One result more than operations: it is the commit that failed.
      const operation = index < this.#operations.length ? index : undefined;
      throw serverError(String(result.error), String(result.details ?? ''), operation);
    }
    return {
      uuid: (name) => {
        const operation = this.#inserted.get(name);
        const result = operation === undefined ? undefined : results[operation];
        const uuid = isJsonObject(result) && Array.isArray(result.uuid) ? result.uuid[1] : undefined;
        if (typeof uuid !== 'string') throw new OvsdbError(`${name.name} is not a row of this transaction`);
        return uuid;
      },
      count: (operation) => {
        const result = results[operation];
        return isJsonObject(result) && typeof result.count === 'number' ? result.count : 0;
      },
    };
  }

  #add(operation: JsonObject): number {
    return this.#operations.push(operation) - 1;
  }

  #table(name: string): BoundTable {
    const table = this.#tables.get(name);
    if (table === undefined) throw new OvsdbError(`the server has no table ${name}`);
    return table;
  }
}

function encodeRow(table: BoundTable, row: Readonly<Record<string, unknown>>): JsonObject {
  const encoded: JsonObject = {};
  for (const [name, value] of Object.entries(row)) {
    const column = table.columns.get(name);
    if (column !== undefined) encoded[name] = encode(table.name, column, value);
  }
  return encoded;
}

function encodeWhere(table: BoundTable, where: Where<ColumnKinds>): Json[] {
  if (typeof where === 'string') return [['_uuid', '==', ['uuid', where]]];
  return where.map(([name, comparison, value]) => {
    const column: BoundColumn | undefined = table.columns.get(name);
    if (column === undefined)
      throw new ValueError(table.name, name, value, 'is asked for, but there is no such column');
    return [name, comparison, encode(table.name, column, value)];
  });
}

/** The server takes no step that leaves such a set empty. In maps a key must go before its new value comes. */
const mustHaveSome = ({ schema: { type } }: BoundColumn): boolean =>
  type.value === undefined && type.min > 0 && type.max > 1;
