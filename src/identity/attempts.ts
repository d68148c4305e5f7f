/** Wrong passwords are limited: by whose they were to be, and by the address that they come from. */
import { Allowance } from '../base/index.ts';
import { errors } from '../errors/index.ts';

/** Wrong ones at once, and a second. */
const USER_BURST = 20;
const USER_RATE = 1 / 6;
const ADDRESS_BURST = 100;
const ADDRESS_RATE = 1;

/** Who is remembered to have signed in, and from where. */
const MOST_KNOWN = 10_000;

const pairOf = (user: string, address: string): string => `${address} ${user}`;

/**
 * Who tries to guess a user's password uses up what anybody may try for that user: so whoever signed in from an
 * address lately goes on doing so from there.
 */
export class Attempts {
  readonly #users: Allowance<string>;
  readonly #addresses: Allowance<string>;
  /** Oldest first. */
  readonly #known = new Set<string>();

  /** @param now milliseconds on a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#users = new Allowance(USER_BURST, USER_RATE, now);
    this.#addresses = new Allowance(ADDRESS_BURST, ADDRESS_RATE, now);
  }

  /**
   * @param user as the request names it, whether there is one or not
   * @throws RequestError 429
   */
  permit(user: string, address: string): void {
    const forUser = this.#known.has(pairOf(user, address)) ? 0 : this.#users.delay(user);
    if (Math.max(forUser, this.#addresses.delay(address)) > 0) throw errors.identity.tooManyAttempts();
  }

  failed(user: string, address: string): void {
    this.#users.take(user);
    this.#addresses.take(address);
  }

  succeeded(user: string, address: string): void {
    const pair = pairOf(user, address);
    this.#known.delete(pair);
    this.#known.add(pair);
    const [oldest] = this.#known;
    if (this.#known.size > MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }
}
