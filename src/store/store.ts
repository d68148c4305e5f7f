/**
 * The store: the only truth about what users asked for. SQLite (default) or PostgreSQL; the same tables,
 * migrations and guarantees: an operation runs in one transaction, and is durable once it has returned.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';
import { Listeners } from '../base/index.ts';
import { type Change, ChangeRecord } from './journal.ts';
import { migrate } from './migrate.ts';
import { copySqlite, openSqlite, SqliteDialect } from './sqlite.ts';
import { type DialectName, ownTables, type StoreTables } from './tables.ts';

/** What an operation works on: its transaction, and the journal that it writes. `T`: the tables that there are. */
export interface StoreTx<T> {
  readonly db: Transaction<T>;
  readonly dialect: DialectName;
  /** Notes what changed; written to the journal when the operation ends. */
  record(change: Change): void;
}

export interface TransactionOptions {
  /** Why, for those who follow the journal: the id of a request. */
  readonly cause?: string | undefined;
}

export interface BasicStore<T> {
  readonly dialect: DialectName;
  /** Made with the database and never changed: tells this store from any other. */
  readonly id: string;
  /** Reads committed state; never waits for a transaction. */
  readonly read: Kysely<T>;
  /**
   * Runs `operation` in a transaction. When the promise resolves, what it did is on disk. When `operation`
   * throws, nothing of it is kept and the error passes on. On PostgreSQL it may run again after a serialisation
   * failure or deadlock, so it must have no effects but those in the transaction.
   */
  transaction<R>(operation: (tx: StoreTx<T>) => Promise<R>, options?: TransactionOptions): Promise<R>;
  /** Calls `listener` after each commit of this process that wrote to the journal. Returns how to stop that. */
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}

/** The address of a store that cannot be opened, with the reason and the way out. */
export class StoreError extends Error {}

/**
 * Opens a store and brings its tables up to date.
 * @param options.url `sqlite:PATH` or `postgres://USER@HOST/DATABASE` (a socket directory as `?host=DIR`)
 */
export async function openBasicStore<T extends StoreTables>(options: {
  url: string;
  log: Logger;
}): Promise<BasicStore<T>> {
  const { url, log } = options;
  if (url.startsWith('sqlite:')) return openSqliteStore<T>(url.slice('sqlite:'.length), log);
  if (/^postgres(ql)?:/.test(url)) return openPostgresStore<T>(url, log);
  throw new StoreError(`store.url '${url}' is neither sqlite:PATH nor postgres://...`);
}

async function storeId<T extends StoreTables>(tables: Kysely<T>): Promise<string> {
  const db = ownTables(tables);
  await db
    .insertInto('meta')
    .values({ key: 'store_id', value: randomUUID() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return (await db.selectFrom('meta').select('value').where('key', '=', 'store_id').executeTakeFirstOrThrow())
    .value;
}

interface Waiting<T> {
  run(tx: Transaction<T>): Promise<() => void>;
  fail(error: unknown): void;
}

/**
 * SQLite: one connection writes, another reads. Operations that wait at the same time share one commit, so that
 * one disk sync serves them all; each has a savepoint, so that one that fails leaves the others alone.
 */
async function openSqliteStore<T extends StoreTables>(path: string, log: Logger): Promise<BasicStore<T>> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let writer: Kysely<T>;
  let reader: Kysely<T>;
  try {
    writer = new Kysely<T>({ dialect: new SqliteDialect(openSqlite(path, { readOnly: false })) });
    await migrate(writer, 'sqlite', log, { copy: () => copySqlite(path) });
    reader = new Kysely<T>({ dialect: new SqliteDialect(openSqlite(path, { readOnly: true })) });
  } catch (error) {
    throw new StoreError(
      `The database ${path} cannot be opened: ${error instanceof Error ? error.message : error}`,
      {
        cause: error,
      },
    );
  }
  const listeners = new Listeners();
  let queue: Waiting<T>[] = [];
  let working: Promise<void> | undefined;

  async function work(): Promise<void> {
    // Let every request that has arrived by now join this commit.
    await new Promise(setImmediate);
    while (queue.length > 0) {
      const group = queue;
      queue = [];
      const finish: (() => void)[] = [];
      try {
        await writer.transaction().execute(async (tx) => {
          for (const waiting of group) finish.push(await waiting.run(tx));
        });
      } catch (error) {
        for (const waiting of group) waiting.fail(error);
        continue;
      }
      for (const settle of finish) settle();
      listeners.tell();
    }
    // In the same step as the last look at the queue: who comes later starts anew.
    working = undefined;
  }

  function transaction<R>(
    operation: (tx: StoreTx<T>) => Promise<R>,
    { cause }: TransactionOptions = {},
  ): Promise<R> {
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    queue.push({
      fail: reject,
      async run(db) {
        await sql`savepoint operation`.execute(db);
        try {
          const changes = new ChangeRecord();
          const result = await operation({ db, dialect: 'sqlite', record: changes.add });
          await changes.write(ownTables(db), cause);
          await sql`release operation`.execute(db);
          return () => resolve(result);
        } catch (error) {
          await sql`rollback to operation`.execute(db);
          await sql`release operation`.execute(db);
          return () => reject(error);
        }
      },
    });
    working ??= work();
    return promise;
  }

  return {
    dialect: 'sqlite',
    id: await storeId(writer),
    read: reader,
    transaction,
    onChange: (listener) => listeners.add(listener),
    async close() {
      await working;
      await reader.destroy();
      await writer.destroy();
    },
  };
}

/** SQLSTATEs after which the same transaction may go through: serialization_failure, deadlock_detected. */
const RETRYABLE = new Set(['40001', '40P01']);
const MAX_ATTEMPTS = 10;

/** Key of the advisory lock that orders journal entries by commit. */
const JOURNAL_LOCK = 0x5e87;

/** PostgreSQL: any number of processes. */
async function openPostgresStore<T extends StoreTables>(url: string, log: Logger): Promise<BasicStore<T>> {
  const pool = new pg.Pool({ connectionString: url, max: 16 });
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'));
  const db = new Kysely<T>({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrate(db, 'postgres', log);
  } catch (error) {
    await db.destroy();
    throw new StoreError(
      `The PostgreSQL database cannot be opened: ${error instanceof Error ? error.message : error}. Check store.url.`,
      { cause: error },
    );
  }
  const listeners = new Listeners();

  async function attempt<R>(
    operation: (tx: StoreTx<T>) => Promise<R>,
    cause: string | undefined,
  ): Promise<R> {
    let changed = false;
    const result = await db.transaction().execute(async (transaction) => {
      const changes = new ChangeRecord();
      const value = await operation({ db: transaction, dialect: 'postgres', record: changes.add });
      if (!changes.isEmpty) {
        // Numbers are handed out under the lock and the lock is held until the commit: a reader that has seen
        // entry N will never find a lower one appear later.
        await sql`select pg_advisory_xact_lock(${JOURNAL_LOCK})`.execute(transaction);
        await changes.write(ownTables(transaction), cause);
        changed = true;
      }
      return value;
    });
    if (changed) listeners.tell();
    return result;
  }

  async function transaction<R>(
    operation: (tx: StoreTx<T>) => Promise<R>,
    { cause }: TransactionOptions = {},
  ): Promise<R> {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt(operation, cause);
      } catch (error) {
        if (!(error instanceof pg.DatabaseError) || !RETRYABLE.has(error.code ?? '') || tries >= MAX_ATTEMPTS)
          throw error;
      }
    }
  }

  return {
    dialect: 'postgres',
    id: await storeId(db),
    read: db,
    transaction,
    onChange: (listener) => listeners.add(listener),
    close: () => db.destroy(),
  };
}
