/** Work for many, done so many at a time that nobody's waits for the whole of another's. */

/** Too much work of one, or of all, is waiting already. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

export interface FairQueueLimits {
  /** Tasks at a time, of all. */
  readonly total: number;
  /** Tasks at a time, of one. */
  readonly each: number;
  /** Tasks of one that wait. */
  readonly waiting: number;
  /** Tasks of all that wait; any number when left out. */
  readonly waitingOfAll?: number | undefined;
}

export class FairQueue {
  readonly #limits: FairQueueLimits;
  readonly #running = new Map<string, number>();
  /** Tasks that wait, by whose they are; whose turn is next comes first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #total = 0;
  #waitingOfAll = 0;

  constructor(limits: FairQueueLimits) {
    this.#limits = limits;
  }

  /**
   * Runs a task when it is its turn.
   * @param whose the one that it is for
   * @throws BusyError when too many of theirs wait, or of all
   */
  async run<T>(whose: string, task: () => Promise<T>): Promise<T> {
    await this.#turn(whose);
    try {
      return await task();
    } finally {
      this.#total--;
      const left = this.#runningOf(whose) - 1;
      if (left === 0) this.#running.delete(whose);
      else this.#running.set(whose, left);
      this.#startNext();
    }
  }

  async #turn(whose: string): Promise<void> {
    const line = this.#waiting.get(whose) ?? [];
    const { waiting, waitingOfAll = Number.POSITIVE_INFINITY } = this.#limits;
    if (line.length >= waiting || this.#waitingOfAll >= waitingOfAll)
      throw new BusyError('too many of these wait already');
    this.#waitingOfAll++;
    const { promise, resolve } = Promise.withResolvers<void>();
    line.push(resolve);
    this.#waiting.set(whose, line);
    this.#startNext();
    await promise;
  }

  #startNext(): void {
    while (this.#total < this.#limits.total) {
      const next = this.#waiting.entries().find(([whose]) => this.#runningOf(whose) < this.#limits.each);
      if (next === undefined) return;
      const [whose, line] = next;
      const start = line.shift();
      this.#waiting.delete(whose);
      if (line.length > 0) this.#waiting.set(whose, line); // to the end: others come first
      this.#running.set(whose, this.#runningOf(whose) + 1);
      this.#total++;
      this.#waitingOfAll--;
      start?.();
    }
  }

  #runningOf(whose: string): number {
    return this.#running.get(whose) ?? 0;
  }
}
