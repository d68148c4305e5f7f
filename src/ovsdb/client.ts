/** The client: a session, a replica, transactions and locks as one. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Listeners } from '../base/index.ts';
import type { Conditions } from './conditions.ts';
import { type BoundTables, bindDeclaration, type Declaration, type TableKinds } from './declaration.ts';
import { OvsdbError, RetryableError, unlessLost } from './errors.ts';
import type { Json, JsonObject } from './json.ts';
import { LeaderWatch } from './leader.ts';
import { Lock } from './lock.ts';
import { Monitor } from './monitor.ts';
import { parseRemotes, type TlsFiles } from './remote.ts';
import type { ChangeListener } from './replica.ts';
import { Replica } from './replica.ts';
import type { Table } from './replica-table.ts';
import type { RpcPeer } from './rpc.ts';
import { parseSchema } from './schema.ts';
import { keepSession, type SessionHandler } from './session.ts';
import { Transaction, type TransactionResult } from './transaction.ts';

/** How long to wait before a server that could not do it gets the same transaction again. */
const RETRY_PAUSE_MS = 50;

/**
 * Silence after which a server is probed; twice that and its session is given up. A server works through large
 * transactions without a word for anybody: with 50,000 ports, 30 s were seen. Before a session has its first contents,
 * nobody knows how large they are.
 */
const PROBE_MS = 5_000;
const PROBE_MS_A_ROW = 0.5;
const PROBE_MS_AT_FIRST = 60_000;

export interface ClientOptions<Tables extends TableKinds> {
  /** `unix:PATH`, `tcp:HOST:PORT`, `ssl:HOST:PORT`, several separated by commas. */
  readonly remote: string;
  readonly declaration: Declaration<Tables>;
  /** Which rows to follow of tables of which not all are; see {@link OvsdbClient.follow}. */
  readonly conditions?: Conditions;
  /** Talk to the leader of a Raft cluster only; needed for locks, and for reading what was just written. */
  readonly leaderOnly?: boolean;
  readonly tls?: TlsFiles;
  readonly log: Logger;
  /** Gives up waiting for the first session. */
  readonly signal?: AbortSignal;
}

/**
 * A client of one OVSDB database: a replica of the declared tables that follows the server over reconnects,
 * transactions and locks.
 */
export class OvsdbClient<Tables extends TableKinds> implements AsyncDisposable {
  readonly #declaration: Declaration<Tables>;
  readonly #leaderOnly: boolean;
  readonly #replica: Replica<Tables>;
  readonly #monitor: Monitor<Tables>;
  readonly #locks = new Map<string, Lock>();
  readonly #abort = new AbortController();
  readonly #connectionListeners = new Listeners<boolean>();
  #leaderWatch: LeaderWatch | undefined;
  #peer: RpcPeer | undefined;
  #tables: BoundTables = new Map();
  #ended: Promise<void> = Promise.resolve();

  private constructor({ declaration, conditions, leaderOnly = false }: ClientOptions<Tables>) {
    this.#declaration = declaration;
    this.#leaderOnly = leaderOnly;
    this.#replica = new Replica(declaration);
    this.#monitor = new Monitor(declaration.database, this.#replica, conditions);
  }

  /**
   * Connects, and resolves when the replica is complete. Servers that cannot be reached are tried until
   * `signal` is aborted.
   *
   * @throws OvsdbError when the remote makes no sense or the schema does not fit the declaration
   */
  static async connect<Tables extends TableKinds>(
    options: ClientOptions<Tables>,
  ): Promise<OvsdbClient<Tables>> {
    const client = new OvsdbClient(options);
    const { log, tls, signal } = options;
    const abort = () => client.#abort.abort();
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    const session = {
      remotes: parseRemotes(options.remote),
      tls,
      probeIntervalMs: () => client.#probeIntervalMs,
      log,
    };
    client.#ended = keepSession(session, client.#handler, client.#abort.signal);
    try {
      await Promise.race([client.connected(), client.#ended]);
      return client;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** The replica of a declared table. While disconnected it stays as it was last seen. */
  table<Name extends keyof Tables & string>(name: Name): Table<Tables[Name]> {
    return this.#replica.table(name);
  }

  /**
   * Calls `listener` for every update of the replica from now on; the result ends it. Changes that a
   * transaction of this client made are announced before its promise resolves.
   */
  onChange(listener: ChangeListener<Tables>): () => void {
    return this.#replica.onChange(listener);
  }

  /**
   * Has the replica have other rows; resolves when it does. Those that fit no more are deleted, as the server tells it.
   *
   * @throws OvsdbError when the client is closed first
   */
  async follow(conditions: Conditions): Promise<void> {
    this.#monitor.want(conditions);
    for (;;) {
      await this.connected();
      try {
        await this.#monitor.change(this.#peer as RpcPeer);
        return;
      } catch (error) {
        // The next session begins with what is wanted.
        if (!(error instanceof RetryableError)) throw error;
      }
    }
  }

  get isConnected(): boolean {
    return this.#peer !== undefined;
  }

  /** Calls `listener` whenever the connection is made or lost; the result ends it. */
  onConnection(listener: (connected: boolean) => void): () => void {
    return this.#connectionListeners.add(listener);
  }

  /**
   * Resolves as soon as there is a session and the replica is up to date.
   *
   * @throws OvsdbError when the client is closed first
   */
  async connected(): Promise<void> {
    if (this.isConnected) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = this.onConnection((connected) => connected && resolve());
    const { signal } = this.#abort;
    const giveUp = () => reject(new OvsdbError(`the client of ${this.#declaration.database} was closed`));
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
    try {
      await promise;
    } finally {
      stop();
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** An empty transaction; columns and values are checked against the schema of the present server. */
  transaction(): Transaction<Tables> {
    return new Transaction(this.#tables);
  }

  /**
   * Sends a transaction.
   *
   * @throws RetryableError when there is no session, it is lost on the way (the transaction may have been
   *   carried out then), or the server asks to try again
   * @throws LockNotHeldError, RefusedError
   */
  async transact(transaction: Transaction<Tables>): Promise<TransactionResult> {
    if (this.#peer === undefined) throw new RetryableError(`not connected to ${this.#declaration.database}`);
    const operations: JsonObject[] = [...transaction.operations];
    const reply = await this.#peer.request('transact', [this.#declaration.database, ...operations]);
    return transaction.readReply(reply);
  }

  /**
   * Builds and sends a transaction, again on every retryable error once there is a session. `build` looks at
   * the replica each time, and adds nothing when what it wants is there already: so nothing is done twice.
   */
  async transactUntilDone(build: (transaction: Transaction<Tables>) => void): Promise<void> {
    for (;;) {
      await this.connected();
      const transaction = this.transaction();
      build(transaction);
      if (transaction.operations.length === 0) return;
      try {
        await this.transact(transaction);
        return;
      } catch (error) {
        if (!(error instanceof RetryableError)) throw error;
        if (this.isConnected) await sleep(RETRY_PAUSE_MS);
      }
    }
  }

  /**
   * Resolves when the server has answered (RFC 7047 section 4.1.11).
   * @throws RetryableError when there is no session, or it is lost first
   */
  async echo(): Promise<void> {
    if (this.#peer === undefined) throw new RetryableError(`not connected to ${this.#declaration.database}`);
    await this.#peer.request('echo', []);
  }

  /** Asks for a lock, now and on every later session, until {@link Lock.stop}. */
  async lock(name: string): Promise<Lock> {
    const known = this.#locks.get(name);
    if (known !== undefined) return known;
    const lock = new Lock(name, () => this.#locks.delete(name));
    this.#locks.set(name, lock);
    // A session that is lost meanwhile is followed by one that asks for it.
    if (this.#peer !== undefined) await unlessLost(lock.start(this.#peer));
    return lock;
  }

  /** Ends the session and all reconnecting. */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #probeIntervalMs(): number {
    return this.isConnected ? PROBE_MS + this.#replica.size * PROBE_MS_A_ROW : PROBE_MS_AT_FIRST;
  }

  readonly #handler: SessionHandler = {
    open: async (peer) => {
      if (this.#leaderOnly) {
        this.#leaderWatch = new LeaderWatch(this.#declaration.database);
        await this.#leaderWatch.start(peer);
      }
      const schema = parseSchema(await peer.request('get_schema', [this.#declaration.database]));
      this.#tables = bindDeclaration(this.#declaration, schema);
      await this.#monitor.start(peer, this.#tables);
      for (const lock of this.#locks.values()) await lock.start(peer);
      this.#peer = peer;
      this.#connectionListeners.tell(true);
    },
    notify: (method: string, params: readonly Json[]) => {
      if (this.#monitor.notify(method, params)) return;
      this.#leaderWatch?.notify(method, params);
      for (const lock of this.#locks.values()) lock.notify(method, params);
    },
    closed: () => {
      const wasConnected = this.isConnected;
      this.#peer = undefined;
      this.#leaderWatch = undefined;
      for (const lock of this.#locks.values()) lock.lost();
      if (wasConnected) this.#connectionListeners.tell(false);
    },
  };
}
