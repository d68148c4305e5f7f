/** Runs a suite on SQLite and on PostgreSQL. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import pino from 'pino';
import type { Store } from '../../src/resources/tables.ts';
import { openStore } from '../../src/service/open-store.ts';
import { type PrivatePostgres, startPostgres } from './postgres.ts';

export const quiet = pino({ level: 'silent' });

/** The octets of an empty SQLite database with all tables. */
let migrated: Promise<Buffer> | undefined;

/**
 * Writes an empty database with all tables. They are made once in this process and copied from then on: making them
 * takes longer than most tests. A copy becomes a store of its own when it is opened.
 * @returns its address
 */
export async function newSqliteDatabase(file: string): Promise<string> {
  migrated ??= migratedDatabase();
  await writeFile(file, await migrated);
  return `sqlite:${file}`;
}

async function migratedDatabase(): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'sextant-template-'));
  const file = join(directory, 'store.db');
  const store = await openStore({ url: `sqlite:${file}`, log: quiet });
  await store.transaction(({ db }) => db.deleteFrom('meta').where('key', '=', 'store_id').execute());
  await store.close();
  const octets = await readFile(file);
  await rm(directory, { recursive: true });
  return octets;
}

/** What a suite gets: fresh databases, closed and removed when it is over. */
export interface Databases {
  /** Opens a new, empty store. */
  fresh(): Promise<Store>;
  /** Opens a store that `fresh` made once more, as another process would. */
  again(store: Store): Promise<Store>;
}

/**
 * Describes `suite` once for each database.
 * @param suite declares tests; `databases` may be used inside them
 */
export function onEachDatabase(title: string, suite: (databases: Databases) => void): void {
  for (const dialect of ['sqlite', 'postgres'] as const) {
    describe(`${title} (${dialect})`, () => {
      const opened: Store[] = [];
      const urls = new Map<Store, string>();
      let directory = '';
      let postgres: PrivatePostgres | undefined;
      let files = 0;
      before(async () => {
        directory = await mkdtemp(join(tmpdir(), 'sextant-store-'));
        if (dialect === 'postgres') postgres = await startPostgres();
      });
      after(async () => {
        for (const store of opened) await store.close();
        await postgres?.stop();
        await rm(directory, { recursive: true });
      });
      const open = async (url: string): Promise<Store> => {
        const store = await openStore({ url, log: quiet });
        opened.push(store);
        urls.set(store, url);
        return store;
      };
      suite({
        fresh: async () =>
          open(postgres ? await postgres.newDatabase() : `sqlite:${join(directory, `${++files}.db`)}`),
        again: async (store) => open(urls.get(store) ?? ''),
      });
    });
  }
}
