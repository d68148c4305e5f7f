/** Connections to PostgreSQL: none waits for ever, and one that is lost is an error of who uses it, and of nobody else. */
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { StoreFullError } from './full.ts';
import { StoreUnavailableError } from './unavailable.ts';

/** Milliseconds. A server that is cut off says nothing: this end gives up by itself, after the server would have. */
const TIMEOUTS = {
  connect: 5_000,
  /** For the locks that others hold, the turn to write among them. */
  lock: 10_000,
  statement: 30_000,
  answer: 32_000,
  /** A process that stands still in a transaction keeps the others from writing. */
  idleInTransaction: 5_000,
} as const;

/** SQLSTATE of a statement that was planned before its table was changed, by a newer program that started. */
const OUTDATED_PLAN = '0A000';

/** SQLSTATEs of a server that does not get to it now, by their beginnings. */
const PASSING = [
  '08', // the connection
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '53', // it has not enough of something, connections for instance
  '55P03', // lock_not_available: lock_timeout
  '57', // it is starting or stopping, or was told to end a statement or a session
  '25P03', // idle_in_transaction_session_timeout
  OUTDATED_PLAN,
  '25006', // read_only_sql_transaction: a standby, on the way to be the primary
];

/** Codes of connections that are not made, or lost. */
const NETWORK = /^E(CONN|NOENT|HOSTUNREACH|NETUNREACH|HOSTDOWN|PIPE|TIMEDOUT|AI_AGAIN|NOTFOUND|ACCES$)/;

/** What pg says without a code when a connection is over, or takes too long. */
const CONNECTION_OVER = /connection|timeout|not queryable|client was closed/i;

/** Whether what failed may go through a moment later, with nothing being wrong with it. */
export function isPassing(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isPassing);
  if (!(error instanceof Error)) return false;
  if (error instanceof pg.DatabaseError)
    return PASSING.some((beginning) => error.code?.startsWith(beginning));
  const { code } = error as Error & { code?: unknown };
  return typeof code === 'string' ? NETWORK.test(code) : CONNECTION_OVER.test(error.message);
}

/** SQLSTATE disk_full */
const DISK_FULL = '53100';

/** As the store's users see an error of the database. */
export function asStoreError(error: unknown): unknown {
  if (error instanceof pg.DatabaseError && error.code === DISK_FULL) return new StoreFullError(error);
  return isPassing(error) ? new StoreUnavailableError(error) : error;
}

export interface PostgresOptions {
  readonly url: string;
  /** What `pg_stat_activity` calls them. */
  readonly name: string;
  /** Whether the server refuses to write. */
  readonly readOnly?: boolean;
  /** For what may take as long as it takes: migrations. */
  readonly patient?: boolean;
}

/** PostgreSQL's number of its type bigint. */
const BIGINT = 20;

/** What is stored as bigint fits into a number: pg would give texts. */
const parserOf: pg.CustomTypesConfig['getTypeParser'] = (id, format) =>
  id === BIGINT && format !== 'binary' ? Number : pg.types.getTypeParser(id, format as 'text');

const settings = ({ url, name, readOnly, patient }: PostgresOptions): pg.ClientConfig => ({
  connectionString: url,
  application_name: `sextant ${name}`,
  connectionTimeoutMillis: TIMEOUTS.connect,
  keepAlive: true,
  keepAliveInitialDelayMillis: TIMEOUTS.connect,
  ...(!patient && {
    lock_timeout: TIMEOUTS.lock,
    statement_timeout: TIMEOUTS.statement,
    query_timeout: TIMEOUTS.answer,
    idle_in_transaction_session_timeout: TIMEOUTS.idleInTransaction,
  }),
  types: { getTypeParser: parserOf },
  // What does not depend on each other's answers is sent at once.
  pipeline: true,
  ...(readOnly && { options: '-c default_transaction_read_only=on' }),
});

/** One connection, not connected yet. Whoever has it hears of its loss by `end`. */
export function newSession(options: PostgresOptions): pg.Client {
  const client = new pg.Client(settings(options));
  watch(client);
  return client;
}

/** The loss of a connection is told to whoever waits for an answer; an `error` that nobody listens to ends the process. */
function watch(client: pg.Client | pg.PoolClient): void {
  client.on('error', () => {});
}

/** The server plans a statement that has a name once for each connection. So many have one; the rest are rare. */
const MAX_NAMED = 500;
/** Rows in great number make long statements, each another one. */
const LONGEST_NAMED = 2_000;
const names = new Map<string, string>();

function named(text: string, values: unknown[]): pg.QueryConfig {
  if (values.length === 0 || text.length > LONGEST_NAMED) return { text, values };
  let name = names.get(text);
  if (name === undefined && names.size < MAX_NAMED) {
    name = `sextant${names.size}`;
    names.set(text, name);
  }
  return { text, values, ...(name !== undefined && { name }) };
}

/** Some connections, made when they are needed. Errors that pass are StoreUnavailableErrors. */
export class SessionPool implements PostgresPool {
  readonly #pool: pg.Pool;

  constructor(options: PostgresOptions & { readonly max: number }) {
    this.#pool = new pg.Pool({ ...settings(options), max: options.max });
    this.#pool.on('connect', watch);
    // An idle one that is lost is replaced when it is needed.
    this.#pool.on('error', () => {});
  }

  get options(): object {
    return this.#pool.options;
  }

  async connect(): Promise<PostgresPoolClient> {
    const client = await passing(this.#pool.connect());
    let lostBy: unknown;
    const query = async (text: string, values: unknown[]) => {
      // What was not answered is still on its way: nobody may get that for what is asked later.
      if (lostBy !== undefined) throw lostBy;
      try {
        return await client.query(named(text, values));
      } catch (error) {
        const told = asStoreError(error);
        if (!(error instanceof pg.DatabaseError) || error.code === OUTDATED_PLAN) lostBy = told;
        throw told;
      }
    };
    return { query, release: () => client.release(lostBy !== undefined) } as unknown as PostgresPoolClient;
  }

  end(): Promise<void> {
    return this.#pool.end();
  }
}

/** One connection, on which whatever is asked while it is held runs in the order in which it was asked. */
export class HeldSession implements PostgresPool {
  readonly options: object;
  readonly #pool: SessionPool;
  #held: PostgresPoolClient | undefined;
  #ended: Promise<void> | undefined;

  constructor(options: PostgresOptions) {
    this.#pool = new SessionPool({ ...options, max: 1 });
    this.options = this.#pool.options;
  }

  /** Has `work` done while the connection is held. */
  async hold<R>(work: (session: Pick<PostgresPoolClient, 'query'>) => Promise<R>): Promise<R> {
    const session = await this.#pool.connect();
    this.#held = { query: session.query, release: () => {} };
    try {
      return await work(session);
    } finally {
      this.#held = undefined;
      session.release();
    }
  }

  async connect(): Promise<PostgresPoolClient> {
    if (!this.#held) throw new Error('the connection is not held');
    return this.#held;
  }

  /** May be called again: whose statements run on it ends it too, once they have begun. */
  end(): Promise<void> {
    this.#ended ??= this.#pool.end();
    return this.#ended;
  }
}

async function passing<R>(promise: Promise<R>): Promise<R> {
  try {
    return await promise;
  } catch (error) {
    throw asStoreError(error);
  }
}
