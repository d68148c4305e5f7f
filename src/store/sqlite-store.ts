/** The store on SQLite: one connection writes, another reads. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Kysely, sql } from 'kysely';
import type { Logger } from 'pino';
import { Listeners } from '../base/index.ts';
import { type BasicStore, StoreError, storeId } from './basic-store.ts';
import { FullNotice } from './full.ts';
import { GroupCommit } from './group-commit.ts';
import { migrate } from './migrate.ts';
import { copySqlite, openSqlite, type SqliteConnection, SqliteDialect } from './sqlite.ts';
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
    writer = new Kysely<T>({ dialect: new SqliteDialect(connection) });
    await migrate(writer, 'sqlite', log, { copy: () => copySqlite(path) });
    reader = new Kysely<T>({ dialect: new SqliteDialect(openSqlite(path, { readOnly: true })) });
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
      await writer.transaction().execute(async (db) => {
        const sent = await work({
          db,
          send: (statement) => connection.executeQuery(statement),
          async begin() {
            await sql`savepoint operation`.execute(db);
          },
          async undo() {
            await sql`rollback to operation`.execute(db);
          },
        });
        await Promise.all(sent);
      });
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
