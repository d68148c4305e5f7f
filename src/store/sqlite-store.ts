/** The store on SQLite: one connection writes, another reads. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Kysely } from 'kysely';
import type { Logger } from 'pino';
import { Listeners } from '../base/index.ts';
import { type BasicStore, StoreError, storeId } from './basic-store.ts';
import { FullNotice } from './full.ts';
import { GroupCommit } from './group-commit.ts';
import { migrate } from './migrate.ts';
import { copySqlite, immediateSqlite, openSqlite, type SqliteConnection, SqliteDialect } from './sqlite.ts';
import type { StoreTables } from './tables.ts';

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
      connection.begin();
      try {
        const sent = await work({
          db: writer,
          send: (statement) => connection.executeQuery(statement),
          begin: async () => connection.exec('savepoint operation'),
          undo: async () => connection.exec('rollback to operation'),
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
