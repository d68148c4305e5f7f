/** What is done again and again, whatever becomes of it. */
import { setTimeout as delay } from 'node:timers/promises';

/** Runs an action at once, and a while after each run has ended or when it is wanted, until it is stopped. */
export class Repeated {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #wanted = Promise.withResolvers<void>();

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

  /** Has it run again at once, or when the run that is under way has ended. */
  soon(): void {
    this.#wanted.resolve();
  }

  async #run(
    action: () => Promise<void>,
    everyMs: number,
    onFailure: (error: unknown) => void,
  ): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#wanted = Promise.withResolvers();
      await action().catch(onFailure);
      const over = new AbortController();
      const pause = delay(everyMs, undefined, { signal: AbortSignal.any([signal, over.signal]) });
      await Promise.race([pause.catch(() => {}), this.#wanted.promise]);
      over.abort();
    }
  }
}
