/** The store on SQLite: one connection writes, another reads. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Kysely } from 'kysely';
import type { Logger } from 'pino';
import { Listeners } from '../base/index.ts';
import { type BasicStore, StoreError, storeId } from './basic-store.ts';
import { FullNotice } from './full.ts';
import { GroupCommit } from './group-commit.ts';
import { migrate } from './migrate.ts';
import { copySqlite, immediateSqlite, openSqlite, type SqliteConnection, SqliteDialect } from './sqlite.ts';
import type { StoreTables } from './tables.ts';
import { StoreUnavailableError } from './unavailable.ts';

/** How long another program may have the database locked before a request is told so, and how often that is looked at. */
const LOCKED_MS = 5_000;
const LOOK_MS = 20;

/** @throws StoreError */
export async function openSqliteStore<T extends StoreTables>(
  path: string,
  log: Logger,
): Promise<BasicStore<T>> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let connection: SqliteConnection;
  let writer: Kysely<T>;
  let reader: Kysely<T>;
  try {
    connection = openSqlite(path, { readOnly: false });
    const migrated = new Kysely<T>({ dialect: new SqliteDialect(connection) });
    await migrate(migrated, 'sqlite', log, { copy: () => copySqlite(path) });
    // SQLite's own patience would hold up everything else.
    connection.exec('pragma busy_timeout = 0');
    writer = immediateSqlite(connection);
    reader = immediateSqlite(openSqlite(path, { readOnly: true }));
  } catch (error) {
    throw new StoreError(
      `The database ${path} cannot be opened: ${error instanceof Error ? error.message : error}`,
      { cause: error },
    );
  }
  const listeners = new Listeners();
  const full = new FullNotice(log);
  const commits = new GroupCommit<T>({
    dialect: 'sqlite',
    async transact(work) {
      await begun(connection);
      // The first operation is all there is of the transaction: to undo it needs no savepoint, for which SQLite would
      // copy every page that the operation changes.
      let operations = 0;
      try {
        const sent = await work({
          db: writer,
          send: (statement) => connection.executeQuery(statement),
          async begin() {
            if (operations++ > 0) connection.step('savepoint operation');
          },
          async undo() {
            if (operations > 1) return connection.step('rollback to operation');
            connection.rollback();
            await begun(connection);
            operations = 0;
          },
        });
        await Promise.all(sent);
        connection.commit();
      } catch (error) {
        connection.rollback();
        throw error;
      }
    },
    onChange: () => listeners.tell(),
  });
  return {
    dialect: 'sqlite',
    id: await storeId(commits),
    read: reader,
    transaction: (operation, options) => full.watch(commits.transaction(operation, options)),
    onChange: (listener) => listeners.add(listener),
    peers: undefined,
    async close() {
      await commits.idle();
      await reader.destroy();
      await writer.destroy();
    },
  };
}

/** Begins a transaction when no other program has the database locked. @throws StoreUnavailableError */
async function begun(connection: SqliteConnection): Promise<void> {
  const end = performance.now() + LOCKED_MS;
  for (;;) {
    try {
      return connection.begin();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || performance.now() > end) throw error;
    }
    await delay(LOOK_MS);
  }
}
