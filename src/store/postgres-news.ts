/** What the processes on one PostgreSQL database tell each other: NOTIFY, heard on a connection of its own. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { Logger } from 'pino';
import { Listeners } from '../base/index.ts';
import type { Peers } from './basic-store.ts';
import { newSession } from './postgres-sessions.ts';
import { StoreUnavailableError } from './unavailable.ts';

const COMMITS = 'sextant_commits';
const ROLES = 'sextant_roles';

/** Between two attempts to connect, milliseconds. */
const PAUSE_MS = 500;

/** A server that takes longer to answer to nothing is not reached. */
const ANSWER_MS = 1_000;

/** Hears of other processes' commits and roles; connects again, for as long as it takes, when it is cut off. */
export class PostgresNews implements Peers {
  readonly #url: string;
  readonly #log: Logger;
  readonly #commits = new Listeners();
  readonly #roles = new Listeners<string>();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  /** Marks what this process tells: it comes back, too. */
  readonly #self = randomUUID();
  readonly #listening = Promise.withResolvers<void>();
  #session: pg.Client | undefined;

  constructor(url: string, log: Logger) {
    this.#url = url;
    this.#log = log;
    this.#running = this.#run();
  }

  /** Resolves when it hears of others for the first time, or is closed. */
  get listening(): Promise<void> {
    return this.#listening.promise;
  }

  /** The statement by which a transaction tells of its commit. */
  get announcement(): string {
    return `notify ${COMMITS}, '${this.#self}'`;
  }

  /** Calls `listener` after commits of others, and when some may have been missed. */
  onCommit(listener: () => void): () => void {
    return this.#commits.add(listener);
  }

  onTold(listener: (role: string) => void): () => void {
    return this.#roles.add(listener);
  }

  async tell(role: string): Promise<void> {
    await this.#ask('select pg_notify($1, $2)', [ROLES, `${this.#self} ${role}`]);
  }

  async heardAll(): Promise<void> {
    // Notifications come before the answer to what is asked after them.
    await this.#ask('select 1');
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#cut();
    await this.#running;
  }

  async #ask(text: string, values: readonly string[] = []): Promise<void> {
    const session = this.#session;
    if (!session) throw new StoreUnavailableError('not connected');
    try {
      await session.query({ text, values: [...values], query_timeout: ANSWER_MS } as pg.QueryConfig);
    } catch (error) {
      if (session === this.#session) this.#cut();
      throw new StoreUnavailableError(error);
    }
  }

  /** Ends the connection at once: what it was asked may never be answered. */
  #cut(): void {
    const stream = (this.#session as unknown as { connection: pg.Connection } | undefined)?.connection.stream;
    this.#session = undefined;
    stream?.destroy();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let isFirst = true;
    let isAway = false;
    while (!signal.aborted) {
      const session = newSession({ url: this.#url, name: 'news' });
      const ended = new Promise<void>((resolve) => session.once('end', resolve));
      session.on('notification', ({ channel, payload = '' }) => this.#hear(channel, payload));
      try {
        await session.connect();
        // What is told here has no need to be on disk.
        await session.query(`set synchronous_commit = off; listen ${COMMITS}; listen ${ROLES}`);
        this.#session = session;
        if (isAway) this.#log.info('the database is back');
        isAway = false;
        if (signal.aborted) this.#cut();
        this.#listening.resolve();
        if (!isFirst) this.#commits.tell();
        isFirst = false;
        await ended;
      } catch (error) {
        if (!isAway && !signal.aborted) this.#log.warn({ reason: String(error) }, 'the database is away');
        isAway = true;
        await session.end().catch(() => undefined);
      }
      this.#session = undefined;
      await pause(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
    this.#listening.resolve();
  }

  #hear(channel: string, payload: string): void {
    const [from, role = ''] = payload.split(' ');
    if (from === this.#self) return;
    if (channel === COMMITS) this.#commits.tell();
    else this.#roles.tell(role);
  }
}
