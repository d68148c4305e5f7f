/** Kysely's driver for the SQLite that is part of Node (`node:sqlite`). */
import { chmodSync, closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { StoreFullError } from './full.ts';
import { StoreUnavailableError } from './unavailable.ts';

/** Statements are prepared once per text; texts are few, since values are parameters. */
const MAX_PREPARED = 1000;

/** Result codes of SQLite's for a disk without room: for the database or its log, and for the index of the log. */
const FULL: ReadonlySet<unknown> = new Set([13, 4874]);

/** SQLITE_BUSY, in the low byte of all its kinds: another program has the database locked. */
const BUSY = 5;

/** An error as the store tells it. */
function toldOf(error: unknown): unknown {
  const { errcode } = error as { errcode?: unknown };
  if (FULL.has(errcode)) return new StoreFullError(error);
  return typeof errcode === 'number' && (errcode & 0xff) === BUSY ? new StoreUnavailableError(error) : error;
}

interface Prepared {
  readonly statement: StatementSync;
  /** Whether it has rows for an answer. */
  readonly answers: boolean;
}

/** A database that is open. Statements are run in the order of the calls. */
export class SqliteConnection implements DatabaseConnection {
  readonly database: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();
  #isInTransaction = false;
  /** What undid the transaction before its end: SQLite does that by itself when there is no room, for instance. */
  #undoneBy: unknown;

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    // The work is synchronous: a promise is made only because Kysely wants one.
    try {
      return Promise.resolve(this.#run(() => this.#execute<R>(query)));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  begin(): void {
    this.step('begin immediate');
    this.#isInTransaction = true;
  }

  commit(): void {
    this.step('commit');
    this.#isInTransaction = false;
  }

  rollback(): void {
    this.#isInTransaction = false;
    this.#undoneBy = undefined;
    // A failed commit may have rolled back already.
    if (this.database.isTransaction) this.step('rollback');
  }

  /** Runs a statement that has neither parameters nor rows, and comes again and again: it is prepared once. */
  step(statement: string): void {
    this.#run(() => this.#prepare(statement).statement.run());
  }

  /** Runs a statement that has neither parameters nor rows. */
  exec(statement: string): void {
    this.#run(() => this.database.exec(statement));
  }

  #run<R>(action: () => R): R {
    // By itself it would be kept, whatever becomes of what it was to be part of.
    if (this.#undoneBy !== undefined) throw this.#undoneBy;
    try {
      return action();
    } catch (error) {
      const told = toldOf(error);
      if (this.#isInTransaction && !this.database.isTransaction) this.#undoneBy = told;
      throw told;
    }
  }

  #execute<R>({ sql, parameters }: CompiledQuery): QueryResult<R> {
    const { statement, answers } = this.#prepare(sql);
    const values = parameters as SQLInputValue[];
    if (answers) return { rows: statement.all(...values) as R[] };
    const { changes, lastInsertRowid } = statement.run(...values);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known) return known;
    if (this.#prepared.size >= MAX_PREPARED) this.#prepared.clear();
    const statement = this.database.prepare(sql);
    const prepared = { statement, answers: statement.columns().length > 0 };
    this.#prepared.set(sql, prepared);
    return prepared;
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new Error('SQLite queries are not streamed.');
  }
}

class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection;
  #tail: Promise<void> = Promise.resolve();
  #release: () => void = () => {};

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async init(): Promise<void> {}

  /** One connection, so its users queue: what a transaction does is not mixed with anything else. */
  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#tail;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#tail = promise;
    await before;
    this.#release = resolve;
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    this.#release();
  }

  async beginTransaction(): Promise<void> {
    this.#connection.begin();
  }

  async commitTransaction(): Promise<void> {
    this.#connection.commit();
  }

  async rollbackTransaction(): Promise<void> {
    this.#connection.rollback();
  }

  async savepoint(_connection: DatabaseConnection, name: string): Promise<void> {
    this.#connection.exec(`savepoint ${name}`);
  }

  async rollbackToSavepoint(_connection: DatabaseConnection, name: string): Promise<void> {
    this.#connection.exec(`rollback to ${name}`);
  }

  async releaseSavepoint(_connection: DatabaseConnection, name: string): Promise<void> {
    this.#connection.exec(`release ${name}`);
  }

  async destroy(): Promise<void> {
    this.#connection.database.close();
  }
}

/** What users asked for, with their keys and data, is for the service alone. */
const PRIVATE = 0o600;

/** SQLite gives the files beside a new database's, and new ones, the mode of the first. */
function makePrivate(path: string): void {
  closeSync(openSync(path, 'a', PRIVATE));
  for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) chmodSync(file, PRIVATE);
}

/** Where a database is copied to before it is migrated. The last such copy is kept. */
export const copyOf = (path: string): string => `${path}.before-migration`;

/** Copies a database file to `copyOf` it, with what is committed. */
export function copySqlite(path: string): void {
  const unfinished = `${copyOf(path)}.new`;
  rmSync(unfinished, { force: true });
  // An empty file is taken for a database to be made.
  makePrivate(unfinished);
  const database = new DatabaseSync(path, { timeout: 5000 });
  try {
    database.prepare('vacuum into ?').run(unfinished);
  } finally {
    database.close();
  }
  renameSync(unfinished, copyOf(path));
}

/**
 * Pages in the log after which they are brought into the database, 16 MiB: most pages of indexes change again and again,
 * and are brought there once. SQLite's own is a quarter of it.
 */
const CHECKPOINT_PAGES = 4_000;

/**
 * Opens a database file; makes it when it is missing and not `readOnly`.
 * Commits are durable: WAL with synchronous=FULL syncs the log at each commit.
 */
export function openSqlite(path: string, options: { readOnly: boolean }): SqliteConnection {
  if (!options.readOnly) makePrivate(path);
  const database = new DatabaseSync(path, { readOnly: options.readOnly, timeout: 5000 });
  if (!options.readOnly)
    database.exec(
      `pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`,
    );
  database.exec('pragma foreign_keys = on; pragma temp_store = memory');
  return new SqliteConnection(database);
}

export class SqliteDialect implements Dialect {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  createDriver = (): Driver => new SqliteDriver(this.#connection);
  createQueryCompiler = (): SqliteQueryCompiler => new SqliteQueryCompiler();
  createAdapter = (): SqliteAdapter => new SqliteAdapter();
  createIntrospector = (db: Kysely<unknown>): SqliteIntrospector => new SqliteIntrospector(db);
}

/** A database whose statements are done as soon as they are asked for: none waits, so none needs to queue. */
export function immediateSqlite<T>(connection: SqliteConnection): Kysely<T> {
  const dialect = new SqliteDialect(connection);
  const executor = new Kysely<T>({ dialect }).getExecutor().withConnectionProvider({
    provideConnection: (consumer) => consumer(connection),
  });
  return new Kysely<T>({ config: { dialect }, dialect, driver: dialect.createDriver(), executor });
}
