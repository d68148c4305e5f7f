/** Kysely's driver for the SQLite that is part of Node (`node:sqlite`). */
import { chmodSync, closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';

/** Statements are prepared once per text; texts are few, since values are parameters. */
const MAX_PREPARED = 1000;

interface Prepared {
  readonly statement: StatementSync;
  /** Whether it has rows for an answer. */
  readonly answers: boolean;
}

/** A database that is open. Statements are run in the order of the calls. */
export class SqliteConnection implements DatabaseConnection {
  readonly database: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    // The work is synchronous: a promise is made only because Kysely wants one.
    try {
      const { statement, answers } = this.#prepare(query.sql);
      const parameters = query.parameters as SQLInputValue[];
      if (answers) return Promise.resolve({ rows: statement.all(...parameters) as R[] });
      const { changes, lastInsertRowid } = statement.run(...parameters);
      return Promise.resolve({
        rows: [],
        numAffectedRows: BigInt(changes),
        insertId: BigInt(lastInsertRowid),
      });
    } catch (error) {
      return Promise.reject(error);
    }
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
    this.#connection.database.exec('begin immediate');
  }

  async commitTransaction(): Promise<void> {
    this.#connection.database.exec('commit');
  }

  async rollbackTransaction(): Promise<void> {
    // A failed commit may have rolled back already.
    if (this.#connection.database.isTransaction) this.#connection.database.exec('rollback');
  }

  async savepoint(_connection: DatabaseConnection, name: string): Promise<void> {
    this.#connection.database.exec(`savepoint ${name}`);
  }

  async rollbackToSavepoint(_connection: DatabaseConnection, name: string): Promise<void> {
    this.#connection.database.exec(`rollback to ${name}`);
  }

  async releaseSavepoint(_connection: DatabaseConnection, name: string): Promise<void> {
    this.#connection.database.exec(`release ${name}`);
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
 * Opens a database file; makes it when it is missing and not `readOnly`.
 * Commits are durable: WAL with synchronous=FULL syncs the log at each commit.
 */
export function openSqlite(path: string, options: { readOnly: boolean }): SqliteConnection {
  if (!options.readOnly) makePrivate(path);
  const database = new DatabaseSync(path, { readOnly: options.readOnly, timeout: 5000 });
  if (!options.readOnly) database.exec('pragma journal_mode = wal; pragma synchronous = full');
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
