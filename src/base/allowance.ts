/** Limits for many, of whom nobody knows who they will be. */
import { TokenBucket } from './token-bucket.ts';

/** Who is remembered at once. */
const LARGEST = 10_000;

/**
 * How often somebody may ask: `burst` times at once, and `rate` times a second on average. One who floods is refused
 * at the cost of a look into a map, so that the others hardly notice.
 */
export class Allowance<Key> {
  readonly #burst: number;
  readonly #everyMs: number;
  readonly #now: () => number;
  /** Oldest first: when there are too many, these are forgotten, and have all of their allowance again. */
  readonly #buckets = new Map<Key, TokenBucket>();

  /** @param now milliseconds on a clock that never goes back */
  constructor(burst: number, rate: number, now: () => number = () => performance.now()) {
    this.#burst = burst;
    this.#everyMs = 1_000 / rate;
    this.#now = now;
  }

  /** Milliseconds until there is one to take; none is taken. */
  delay(key: Key): number {
    return this.#buckets.get(key)?.delay(this.#now()) ?? 0;
  }

  /** Takes one from the allowance; false when there is none left. */
  take(key: Key): boolean {
    const now = this.#now();
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = new TokenBucket(this.#burst, this.#everyMs, now);
      this.#buckets.set(key, bucket);
      const [oldest] = this.#buckets.keys();
      if (this.#buckets.size > LARGEST && oldest !== undefined) this.#buckets.delete(oldest);
    }
    return bucket.take(now);
  }
}
