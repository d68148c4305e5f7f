/**
 * Spaces transactions out (a token bucket). OVN works through every transaction by itself, so a steady stream of
 * small ones keeps it busy for nothing: what waits for its turn is joined by what comes meanwhile. A few may go
 * at once, so that somebody who works by hand never waits.
 */
export class Pacer {
  readonly #burst: number;
  readonly #everyMs: number;
  #tokens: number;
  #countedAt: number;

  /**
   * @param burst how many may go at once after a rest
   * @param everyMs the time in which one more may go
   * @param now milliseconds of any clock that the other methods are given too
   */
  constructor(burst: number, everyMs: number, now: number) {
    this.#burst = burst;
    this.#everyMs = everyMs;
    this.#tokens = burst;
    this.#countedAt = now;
  }

  /** Milliseconds until the next one may go. */
  delay(now: number): number {
    return Math.max(0, (1 - this.#available(now)) * this.#everyMs);
  }

  /** One goes. */
  spend(now: number): void {
    this.#tokens = this.#available(now) - 1;
    this.#countedAt = now;
  }

  #available(now: number): number {
    return Math.min(this.#burst, this.#tokens + (now - this.#countedAt) / this.#everyMs);
  }
}
