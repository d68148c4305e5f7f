/** What is to be written when it can be: in portions, and again until it is. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import { StoreFullError } from '../../store/index.ts';

const PORTION_SIZE = 500;
/** How long to wait after a write that failed: at first, and at most. */
const RETRY_MS = { first: 1_000, longest: 30_000 };

export interface PendingWritesOptions<Value> {
  /** What is written, for the log. */
  readonly what: string;
  /** Writes a portion, all of it or nothing. */
  write(portion: ReadonlyMap<string, Value>): Promise<void>;
  /** Whether to write now; else what is pending waits. */
  mayWrite(): boolean;
  readonly log: Logger;
}

/**
 * Writes behind the back of who has something to write, and keeps trying: the last word on each key counts, so what
 * waits is bounded by the number of keys.
 */
export class PendingWrites<Value> {
  readonly #options: PendingWritesOptions<Value>;
  readonly #pending = new Map<string, Value>();
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = RETRY_MS.first;
  #stopped = false;

  constructor(options: PendingWritesOptions<Value>) {
    this.#options = options;
  }

  /** Takes note of what is to be written; {@link start} has it written. */
  put(key: string, value: Value): void {
    this.#pending.set(key, value);
  }

  /** Writes what is pending, unless that is under way or has just failed. */
  start(): void {
    if (this.#timer !== undefined || this.#stopped) return;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      // What came after the last look.
      if (this.#pending.size > 0 && this.#options.mayWrite()) this.start();
    });
  }

  /** Forgets what is not written yet. */
  clear(): void {
    this.#pending.clear();
  }

  /** Resolves when what is pending is written, or could not be. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.start();
    this.#stopped = true;
    await this.#writing;
    clearTimeout(this.#timer);
  }

  async #writeAll(): Promise<void> {
    while (this.#pending.size > 0 && this.#options.mayWrite()) {
      const portion = new Map(this.#pending.entries().take(PORTION_SIZE));
      for (const key of portion.keys()) this.#pending.delete(key);
      try {
        await this.#options.write(portion);
      } catch (error) {
        // What came meanwhile is newer.
        for (const [key, value] of portion) if (!this.#pending.has(key)) this.#pending.set(key, value);
        this.#retryLater(error);
        return;
      }
      this.#retryMs = RETRY_MS.first;
      await nextTurn();
    }
  }

  #retryLater(error: unknown): void {
    const { log, what } = this.#options;
    // The store tells of that itself.
    if (!(error instanceof StoreFullError))
      log.error({ err: error, inMs: this.#retryMs }, `${what} could not be written; this is tried again`);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.start();
    }, this.#retryMs);
    this.#timer.unref();
    this.#retryMs = Math.min(RETRY_MS.longest, 2 * this.#retryMs);
  }
}
