/** What is done again and again, whatever becomes of it. */
import { setTimeout as delay } from 'node:timers/promises';

/** Runs an action at once, and a while after each run has ended, until it is stopped. */
export class Repeated {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  /**
   * @param everyMs milliseconds between the end of a run and the next
   * @param onFailure is told of each run that failed
   */
  constructor(action: () => Promise<void>, everyMs: number, onFailure: (error: unknown) => void) {
    this.#running = this.#run(action, everyMs, onFailure);
  }

  /** Ends it, after the run that is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(
    action: () => Promise<void>,
    everyMs: number,
    onFailure: (error: unknown) => void,
  ): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await action().catch(onFailure);
      await delay(everyMs, undefined, { signal }).catch(() => {});
    }
  }
}
