/** What was begun one on another, to be ended in the opposite order. */
import type { Logger } from 'pino';

export class CleanupStack {
  readonly #stack = new AsyncDisposableStack();
  readonly #log: Logger;

  /** @param log is told of what did not end as it should; the rest is ended all the same */
  constructor(log: Logger) {
    this.#log = log;
  }

  /**
   * Has something end before all that was put down earlier.
   * @param what names it in the log
   */
  push(what: string, end: () => unknown): void {
    this.#stack.defer(async () => {
      try {
        await end();
      } catch (error) {
        this.#log.error({ err: error }, `the ${what} did not stop in order`);
      }
    });
  }

  /** Ends everything, once. */
  unwind(): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
