/** How far a database has followed the journal. */
import {
  type Index,
  type OvsdbClient,
  RefusedError,
  RetryableError,
  type Row,
  type TableKinds,
  type Transaction,
} from '../../ovsdb/index.ts';

const STORE_KEY = 'sextant:store';
const CURSOR_KEY = 'sextant:cursor';
const GENERATION_KEY = 'sextant:generation';

/** How far a database has followed a store's journal. */
export interface JournalPosition {
  /** The id of the store. */
  readonly store: string;
  /** The `seq` of the last journal entry that is in the database. */
  readonly cursor: number;
}

/** A row with a name that its table has once, and with external_ids. */
export interface CursorRow {
  readonly table: string;
  readonly name: string;
}

/**
 * The place in the journal, kept in the database that is derived from it, in the transaction that brings it
 * there. Every transaction also counts a generation up and demands the generation that this replica has seen:
 * so none is built on a replica that lacks what another reconciler has just written.
 */
export class Cursor {
  readonly #client: OvsdbClient<TableKinds>;
  readonly #place: CursorRow;
  readonly #rows: Index<unknown, Row>;

  constructor(client: OvsdbClient<TableKinds>, place: CursorRow) {
    this.#client = client;
    this.#place = place;
    this.#rows = client.table(place.table).index(({ name }) => name);
  }

  /** What tells the database from any other: its one row is made with it. */
  get databaseId(): string | undefined {
    return this.#row()?._uuid;
  }

  /** The position in the replica; undefined when the database never followed a store. */
  read(): JournalPosition | undefined {
    const ids = externalIds(this.#row());
    const store = ids.get(STORE_KEY);
    const cursor = ids.get(CURSOR_KEY);
    if (store === undefined || cursor === undefined || !/^\d+$/.test(cursor)) return undefined;
    return { store, cursor: Number(cursor) };
  }

  /**
   * Makes the row that keeps the cursor, if nobody has made it yet.
   *
   * @throws RetryableError when it is not there even so
   */
  async prepare(): Promise<void> {
    if (this.#row() !== undefined) return;
    const transaction = this.#client.transaction();
    const { table, name } = this.#place;
    transaction.insert(table, { name });
    try {
      await this.#client.transact(transaction);
    } catch (error) {
      // The database allows one row of the name: another client has just made it.
      if (error instanceof RefusedError) throw new RetryableError(error.message);
      throw error;
    }
  }

  /**
   * Adds to a transaction that nobody else has written in between, and what this one reaches.
   *
   * @param position undefined to leave it where it is
   * @throws RetryableError when there is no row to keep it in
   */
  write(transaction: Transaction<TableKinds>, position: JournalPosition | undefined): void {
    const row = this.#row();
    const { table, name } = this.#place;
    if (row === undefined) throw new RetryableError(`${table} has no row ${name} to keep the cursor in`);
    const ids = externalIds(row);
    const marks = {
      [GENERATION_KEY]: String(Number(ids.get(GENERATION_KEY) ?? 0) + 1),
      ...(position && { [STORE_KEY]: position.store, [CURSOR_KEY]: String(position.cursor) }),
    };
    transaction.wait(table, row._uuid, ['external_ids'], '==', [{ external_ids: ids }]);
    transaction.mutate(table, row._uuid, {
      external_ids: { delete: Object.keys(marks), insert: marks },
    });
  }

  #row(): Row | undefined {
    const [row] = this.#rows.get(this.#place.name);
    return row;
  }
}

function externalIds(row: Row | undefined): Map<string, string> {
  const ids = row?.external_ids;
  return ids instanceof Map ? ids : new Map();
}
