/**
 * How much may happen in a time: so many at once after a rest, then one in each interval. Times are milliseconds of a
 * clock that never goes back, unless told that of the process.
 */
export class TokenBucket {
  readonly #burst: number;
  readonly #everyMs: number;
  #tokens: number;
  #countedAt: number;

  /**
   * @param burst how many may go at once after a rest
   * @param everyMs the time in which one more may go
   * @param now time on the clock that the other methods are given too
   */
  constructor(burst: number, everyMs: number, now = performance.now()) {
    this.#burst = burst;
    this.#everyMs = everyMs;
    this.#tokens = burst;
    this.#countedAt = now;
  }

  /** Milliseconds until the next one may go. */
  delay(now = performance.now()): number {
    return Math.max(0, (1 - this.#available(now)) * this.#everyMs);
  }

  /** One goes. */
  spend(now = performance.now()): void {
    this.#tokens = this.#available(now) - 1;
    this.#countedAt = now;
  }

  /** One goes if it may; false when it may not. */
  take(now = performance.now()): boolean {
    if (this.#available(now) < 1) return false;
    this.spend(now);
    return true;
  }

  #available(now: number): number {
    return Math.min(this.#burst, this.#tokens + (now - this.#countedAt) / this.#everyMs);
  }
}
