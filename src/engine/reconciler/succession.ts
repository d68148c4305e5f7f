/**
 * Who leads when the leader says nothing more. An OVSDB server gives the lock of a client that has gone to the next at
 * once, but keeps that of one that stands still or is cut off, on a unix socket for ever. So the leader tells the others
 * that it lives, and that the database to derive answers it; when they hear nothing of that, one of them takes the lock.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Lock, OvsdbClient, TableKinds } from '../../ovsdb/index.ts';
import type { Peers } from '../../store/index.ts';

/** How often the leader tells of itself, and how long the others wait to hear of it. Milliseconds. */
const BEAT_MS = 400;
const PATIENCE_MS = 2_000;

export interface SuccessionOptions {
  /** The processes that share the store; they may derive other databases. */
  readonly peers: Peers;
  readonly client: OvsdbClient<TableKinds>;
  readonly lock: Lock;
  /** What tells the database that is derived from all others; undefined while that is not known. */
  readonly databaseId: () => string | undefined;
  readonly log: Logger;
}

/** Tells of this process while it leads, and takes the lead from one that tells nothing. */
export class Succession {
  readonly #options: SuccessionOptions;
  readonly #stop = new AbortController();
  readonly #unsubscribe: () => void;
  #heardAt = performance.now();

  constructor(options: SuccessionOptions) {
    this.#options = options;
    this.#unsubscribe = options.peers.onTold((role) => {
      if (role === this.#role) this.#heardAt = performance.now();
    });
    void this.#run();
  }

  stop(): void {
    this.#stop.abort();
    this.#unsubscribe();
  }

  get #role(): string | undefined {
    const id = this.#options.databaseId();
    return id && `leads-${id}`;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#look();
      } catch {
        // Who cannot ask has not listened either.
        this.#heardAt = performance.now();
      }
      await sleep(BEAT_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const { peers, client, lock, log } = this.#options;
    const role = this.#role;
    if (lock.held || role === undefined) this.#heardAt = performance.now();
    if (role === undefined || !(lock.held || this.#isLate)) return;
    await client.echo();
    if (lock.held) return peers.tell(role);
    await peers.heardAll();
    // It may have been said meanwhile.
    if (lock.held || !this.#isLate || this.#stop.signal.aborted) return;
    const silentMs = Math.round(performance.now() - this.#heardAt);
    log.warn({ silentMs }, 'the reconciler that acts is not heard of: this one takes its place');
    this.#heardAt = performance.now();
    await lock.steal();
    await peers.tell(role);
  }

  get #isLate(): boolean {
    return performance.now() - this.#heardAt >= PATIENCE_MS;
  }
}
