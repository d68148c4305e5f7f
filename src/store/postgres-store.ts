/** The store on PostgreSQL: any number of processes, of which one writes at a time, and reads wait for none. */
import { setTimeout as pause } from 'node:timers/promises';
import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely';
import type { Logger } from 'pino';
import { Listeners } from '../base/index.ts';
import { type BasicStore, StoreError, storeId } from './basic-store.ts';
import { FullNotice } from './full.ts';
import { GroupCommit, type GroupWork, RetryError } from './group-commit.ts';
import { MigrationError, migrate } from './migrate.ts';
import { PostgresNews } from './postgres-news.ts';
import { HeldSession, type PostgresOptions, SessionPool } from './postgres-sessions.ts';
import type { StoreTables } from './tables.ts';
import { StoreUnavailableError } from './unavailable.ts';

/**
 * Key of the advisory lock of whoever writes. It is held from before a transaction's first look until its commit can
 * be seen: transactions are one after the other, as they are on SQLite, and so are the numbers of the journal.
 */
const WRITER_LOCK = 0x5e87;

/** Connections for what is read at the same time. */
const READERS = 8;

/** Between two looks whether the database is there, milliseconds. */
const PAUSE_MS = 250;

const connect = <T>(options: PostgresOptions, max = 1): Kysely<T> =>
  new Kysely<T>({ dialect: new PostgresDialect({ pool: new SessionPool({ ...options, max }) }) });

/**
 * Waits for the database, and brings its tables up to date.
 * @throws StoreError when it cannot be opened; the signal's reason
 */
async function migrateWhenThere(url: string, log: Logger, signal?: AbortSignal): Promise<void> {
  for (let isWaiting = false; ; ) {
    signal?.throwIfAborted();
    const db = connect({ url, name: 'migration', patient: true });
    try {
      return await migrate(db, 'postgres', log);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!(error instanceof StoreUnavailableError)) {
        const wayOut = error instanceof MigrationError ? '' : ' Check store.url.';
        throw new StoreError(`The PostgreSQL database cannot be opened: ${reason}.${wayOut}`, {
          cause: error,
        });
      }
      if (!isWaiting) log.warn({ reason }, 'waiting for PostgreSQL, as store.url has it');
      isWaiting = true;
    } finally {
      await db.destroy();
    }
    await pause(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * @param signal gives up waiting for a database that is not there
 * @throws StoreError when it cannot be opened; the signal's reason
 */
export async function openPostgresStore<T extends StoreTables>(
  url: string,
  log: Logger,
  signal?: AbortSignal,
): Promise<BasicStore<T>> {
  await migrateWhenThere(url, log, signal);
  const session = new HeldSession({ url, name: 'writer' });
  const writer = new Kysely<T>({ dialect: new PostgresDialect({ pool: session }) });
  const reader = connect<T>({ url, name: 'reader', readOnly: true }, READERS);
  const news = new PostgresNews(url, log);
  const listeners = new Listeners();
  const full = new FullNotice(log);
  news.onCommit(() => listeners.tell());
  const commits = new GroupCommit<T>({
    dialect: 'postgres',
    transact: (work) => session.hold((held) => transact(held, writer, work, news.announcement)),
    onChange: () => listeners.tell(),
  });
  const close = async (): Promise<void> => {
    await commits.idle();
    await news.close();
    await reader.destroy();
    await writer.destroy();
    await session.end();
  };
  try {
    await news.listening;
    return {
      dialect: 'postgres',
      id: await storeId(commits),
      read: reader,
      transaction: (operation, options) => full.watch(commits.transaction(operation, options)),
      onChange: (listener) => listeners.add(listener),
      peers: news,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Runs a group of operations; each has a savepoint, so that one that fails leaves the others alone.
 * @throws RetryError when the connection is lost before the commit; whatever `work` throws
 */
async function transact<T>(
  session: Pick<PostgresPoolClient, 'query'>,
  db: Kysely<T>,
  work: GroupWork<T>,
  announcement: string,
): Promise<void> {
  /** One round trip for several statements, which have no parameters. */
  const run = (...statements: string[]) => session.query(statements.join('; '), []);
  let isFirst = true;
  const sent: Promise<unknown>[] = [];
  /** Nobody waits for the answer: a statement that fails has all those after it fail. */
  const send = (...statements: string[]): void => {
    const done = run(...statements);
    done.catch(() => undefined);
    sent.push(done);
  };
  let journal: readonly Promise<unknown>[];
  try {
    await run('begin', `select pg_advisory_xact_lock(${WRITER_LOCK})`, 'savepoint operation');
    journal = await work({
      db,
      send: ({ sql, parameters }) => session.query(sql, parameters),
      async begin() {
        if (!isFirst) send('release operation', 'savepoint operation');
        isFirst = false;
      },
      async undo() {
        // It tells whether there is a connection to go on with.
        await run('rollback to operation');
      },
    });
  } catch (error) {
    await run('rollback').catch(() => undefined);
    throw error instanceof StoreUnavailableError ? new RetryError('', { cause: error }) : error;
  }
  const announced = journal.length > 0 ? [announcement] : [];
  // A commit after a statement that failed undoes all.
  await Promise.all([...sent, ...journal, run(...announced, 'commit')]);
}
