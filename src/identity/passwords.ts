/**
 * Passwords and other secrets of sign-ins, as argon2id hashes (RFC 9106) in the usual text form. The work is done off
 * the main thread, by few at once, and askers take turns.
 */
import { argon2, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { BusyError, FairQueue } from '../base/index.ts';
import { errors } from '../errors/index.ts';

const argon2Of = promisify(argon2);

/** What a hash costs. */
export interface PasswordCost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** OWASP's: 7 MiB and 5 passes are as hard to guess as 19 MiB and 2 passes. */
export const USUAL_COST: PasswordCost = { memory: 7168, passes: 5, parallelism: 1 };

/** Cheapest and dearest that is taken from the store. */
const MAX_MEMORY = 1024 * 1024;
const MAX_PASSES = 16;

const SALT_OCTETS = 16;
const HASH_OCTETS = 32;

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Threads of libuv's pool, of which there are four by default, serve files and names too. */
const AT_ONCE = Math.max(1, Math.min(3, availableParallelism()));

/** How long a secret that was right is right without another look, and how many are remembered. */
const RECENT_MS = 300_000;
const MOST_RECENT = 1_000;

const MOST_WAITING = 200;
const MOST_WAITING_OF_ONE = 100;

const unpadded = (octets: Uint8Array): string => Buffer.from(octets).toString('base64').replace(/=+$/, '');

const digest = (
  secret: string,
  salt: Buffer,
  { memory, passes, parallelism }: PasswordCost,
): Promise<Buffer> =>
  argon2Of('argon2id', {
    message: Buffer.from(secret, 'utf8'),
    nonce: salt,
    parallelism,
    tagLength: HASH_OCTETS,
    memory,
    passes,
  }) as Promise<Buffer>;

const written = ({ memory, passes, parallelism }: PasswordCost, salt: Buffer, hash: Buffer): string =>
  `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`;

async function hashOf(secret: string, cost: PasswordCost): Promise<string> {
  const salt = randomBytes(SALT_OCTETS);
  return written(cost, salt, await digest(secret, salt, cost));
}

async function fits(secret: string, hash: string): Promise<boolean> {
  const [, memory, passes, parallelism, salt = '', wanted = ''] = PHC.exec(hash) ?? [];
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  if (!(cost.memory <= MAX_MEMORY && cost.passes <= MAX_PASSES))
    throw new Error('A password’s hash in the store is none.');
  const found = await digest(secret, Buffer.from(salt, 'base64'), cost);
  const expected = Buffer.from(wanted, 'base64');
  return found.length === expected.length && timingSafeEqual(found, expected);
}

/** Hashes secrets and compares them, for many who wait for it at the same time. */
export class Passwords {
  readonly #cost: PasswordCost;
  /** Nobody's hash: who does not exist costs as much as who does. */
  readonly #nobody: string;
  /** Secrets that were right lately, as nobody but this process can tell them, with when that ends; oldest first. */
  readonly #recent = new Map<string, number>();
  readonly #recentKey = randomBytes(HASH_OCTETS);
  readonly #queue = new FairQueue({
    total: AT_ONCE,
    each: AT_ONCE,
    waiting: MOST_WAITING_OF_ONE,
    waitingOfAll: MOST_WAITING,
  });

  constructor(cost: PasswordCost = USUAL_COST) {
    this.#cost = cost;
    this.#nobody = written(cost, Buffer.alloc(SALT_OCTETS), Buffer.alloc(HASH_OCTETS));
  }

  /**
   * @param asker whose turn it is: an address
   * @throws RequestError 503 when too many wait
   */
  hash(secret: string, asker: string): Promise<string> {
    return this.#turn(asker, () => hashOf(secret, this.#cost));
  }

  /**
   * Whether a secret is that of the hash; takes as long when there is none. One that was right in the last minutes needs
   * no look: programs sign in again and again.
   * @param permit is called when it is its turn, and may throw
   * @throws RequestError 503 when too many wait; what `permit` throws
   */
  async compare(secret: string, hash: string | null, asker: string, permit: () => void): Promise<boolean> {
    const mark = createHmac('sha256', this.#recentKey)
      .update(JSON.stringify([hash, secret]))
      .digest('base64');
    if (this.#wasRight(mark)) return true;
    return this.#turn(asker, async () => {
      permit();
      // Who waited for the same may have found out meanwhile.
      if (this.#wasRight(mark)) return true;
      const same = await fits(secret, hash ?? this.#nobody);
      if (!same || hash === null) return false;
      this.#remember(mark);
      return true;
    });
  }

  #wasRight(mark: string): boolean {
    return (this.#recent.get(mark) ?? 0) > performance.now();
  }

  #remember(mark: string): void {
    this.#recent.delete(mark);
    this.#recent.set(mark, performance.now() + RECENT_MS);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > MOST_RECENT && oldest !== undefined) this.#recent.delete(oldest);
  }

  async #turn<R>(asker: string, work: () => Promise<R>): Promise<R> {
    try {
      return await this.#queue.run(asker, work);
    } catch (error) {
      if (error instanceof BusyError) throw errors.identity.busy();
      throw error;
    }
  }
}
