/** When to try again what failed, for many at once. */

interface FailureState {
  readonly count: number;
  /** On the clock that the methods are given. */
  readonly retryAt: number;
}

/** Waits after each failure of the same, twice as long as after the one before. Times are milliseconds. */
export class Backoff<Key> {
  readonly #shortest: number;
  readonly #longest: number;
  readonly #failures = new Map<Key, FailureState>();

  constructor(shortest: number, longest: number) {
    this.#shortest = shortest;
    this.#longest = longest;
  }

  /** Whether it may be tried: it has not failed, or has waited long enough. */
  isDue(key: Key, now = performance.now()): boolean {
    return (this.#failures.get(key)?.retryAt ?? now) <= now;
  }

  /** It was tried, and failed. */
  failed(key: Key, now = performance.now()): void {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    const wait = Math.min(this.#shortest * 2 ** (count - 1), this.#longest);
    this.#failures.set(key, { count, retryAt: now + wait });
  }

  /** It was tried and did well, or is not to be tried any more. */
  forget(key: Key): void {
    this.#failures.delete(key);
  }

  /** All that have failed and were not forgotten. */
  keys(): Iterable<Key> {
    return [...this.#failures.keys()];
  }

  /** Time until the next is due; undefined when nothing waits. */
  delay(now = performance.now()): number | undefined {
    if (this.#failures.size === 0) return undefined;
    const next = Math.min(...this.#failures.values().map(({ retryAt }) => retryAt));
    return Math.max(0, next - now);
  }
}
