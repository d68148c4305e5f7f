/**
 * A level-triggered loop: it is woken when something may have changed, looks at how things are, and puts right
 * what is not as it should be.
 */
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Runs an action whenever it is woken, never twice at once. A wake-up during a run leads to one more run. A run
 * that fails is repeated after a pause.
 */
export class Loop {
  readonly #action: () => Promise<void>;
  readonly #onFailure: (error: unknown) => void;
  readonly #pause: number;
  readonly #stop = new AbortController();
  #requested = 0;
  #succeeded = 0;
  #waiting: { request: number; resolve: () => void }[] = [];
  #running: Promise<void> | undefined;

  /**
   * @param pauseMs milliseconds between a failed run and the next
   * @param onFailure is told of each failure
   */
  constructor(action: () => Promise<void>, pauseMs: number, onFailure: (error: unknown) => void) {
    this.#action = action;
    this.#pause = pauseMs;
    this.#onFailure = onFailure;
  }

  /** Has the action run soon. */
  wake(): void {
    this.#requested++;
    this.#running ??= this.#run();
  }

  /** Has the action run, and resolves when a run that began after this call has succeeded, or the loop ended. */
  run(): Promise<void> {
    this.wake();
    return new Promise((resolve) => {
      this.#waiting.push({ request: this.#requested, resolve });
    });
  }

  /** Ends the loop, after the run that is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#settle(Number.POSITIVE_INFINITY);
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // several wake-ups in one turn make one run
    while (this.#succeeded < this.#requested && !this.#stop.signal.aborted) {
      const request = this.#requested;
      try {
        await this.#action();
        this.#succeeded = request;
        this.#settle(request);
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        this.#onFailure(error);
        await delay(this.#pause, undefined, { signal: this.#stop.signal }).catch(() => {});
      }
    }
    // In the same turn as the loop's last look: a wake-up after this begins anew.
    this.#running = undefined;
  }

  #settle(upTo: number): void {
    for (const { request, resolve } of this.#waiting) if (request <= upTo) resolve();
    this.#waiting = this.#waiting.filter(({ request }) => request > upTo);
  }
}
