/** When advertisements are sent (RFC 4861 section 6.2.4; times of section 10). */

/** Milliseconds. So many are sent at shorter intervals when there is something new. */
const INITIAL = { times: 3, longest: 16_000 } as const;
/** Between any two that all instances get. */
const LEAST_DELAY_MS = 3_000;

/** Sends again and again, at random intervals, so that many senders do not keep step. */
export class Schedule {
  readonly #send: () => void;
  readonly #random: () => number;
  #timer: NodeJS.Timeout | undefined;
  #times = 0;
  #longest = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** @param random from 0 to less than 1 */
  constructor(send: () => void, random: () => number = Math.random) {
    this.#send = send;
    this.#random = random;
  }

  /**
   * There is something new to say: sends it as soon as may be, and a few times more before long.
   * @param interval seconds between two at most, from now on
   */
  news(interval: number): void {
    this.#times = 0;
    this.#longest = interval * 1000;
    this.#in(Math.max(0, this.#last + LEAST_DELAY_MS - performance.now()));
  }

  /**
   * What is to be said need not be heard soon: only from time to time.
   * @param interval seconds between two at most, from now on
   */
  remind(interval: number): void {
    this.#times = INITIAL.times;
    this.#longest = interval * 1000;
    this.#in(this.#pause());
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Milliseconds to the next one, if there is no hurry. */
  #pause(): number {
    const shortest = this.#longest / 3;
    return shortest + this.#random() * (this.#longest - shortest);
  }

  #in(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#last = performance.now();
      this.#times++;
      const interval = this.#pause();
      this.#in(
        Math.max(
          LEAST_DELAY_MS,
          this.#times < INITIAL.times ? Math.min(interval, INITIAL.longest) : interval,
        ),
      );
      this.#send();
    }, milliseconds).unref();
  }
}
