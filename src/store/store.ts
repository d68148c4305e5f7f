/**
 * The store: the only truth about what users asked for. SQLite (default) or PostgreSQL; the same tables, migrations and
 * guarantees: operations run one after the other, whichever processes they are of, each in a transaction, and are
 * durable once they have returned.
 */
import type { Logger } from 'pino';
import { type BasicStore, StoreError } from './basic-store.ts';
import { openPostgresStore } from './postgres-store.ts';
import { openSqliteStore } from './sqlite-store.ts';
import type { StoreTables } from './tables.ts';

export interface OpenOptions {
  /** `sqlite:PATH` or `postgres://USER@HOST/DATABASE` (a socket directory as `?host=DIR`) */
  readonly url: string;
  readonly log: Logger;
  /** Gives up waiting for a PostgreSQL that is not there yet. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a store and brings its tables up to date. A PostgreSQL that does not answer is waited for.
 * @throws StoreError when it cannot be opened; the signal's reason
 */
export async function openBasicStore<T extends StoreTables>({
  url,
  log,
  signal,
}: OpenOptions): Promise<BasicStore<T>> {
  if (url.startsWith('sqlite:')) return openSqliteStore<T>(url.slice('sqlite:'.length), log);
  if (/^postgres(ql)?:/.test(url)) return openPostgresStore<T>(url, log, signal);
  throw new StoreError(`store.url '${url}' is neither sqlite:PATH nor postgres://...`);
}
