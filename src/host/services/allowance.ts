/** Who is remembered at once. */
const LARGEST = 10_000;

/**
 * How often somebody may ask: `burst` times at once, and `rate` times a second on average. One who floods is refused
 * at the cost of a look into a map, so that the others hardly notice.
 */
export class Allowance<Key> {
  readonly #burst: number;
  readonly #rate: number;
  readonly #now: () => number;
  /** Oldest first: when there are too many, these are forgotten, and have all of their allowance again. */
  readonly #left = new Map<Key, { questions: number; at: number }>();

  /** @param now milliseconds on a clock that never goes back */
  constructor(burst: number, rate: number, now: () => number = () => performance.now()) {
    this.#burst = burst;
    this.#rate = rate;
    this.#now = now;
  }

  /** Takes one from the allowance; false when there is none left. */
  take(key: Key): boolean {
    const at = this.#now();
    let left = this.#left.get(key);
    if (left === undefined) {
      left = { questions: this.#burst, at };
      this.#left.set(key, left);
      const [oldest] = this.#left.keys();
      if (this.#left.size > LARGEST && oldest !== undefined) this.#left.delete(oldest);
    }
    left.questions = Math.min(this.#burst, left.questions + ((at - left.at) / 1000) * this.#rate);
    left.at = at;
    if (left.questions < 1) return false;
    left.questions--;
    return true;
  }
}
