/** The keys that tokens are authenticated with. They stand in the store, for all processes, and a new one comes daily. */
import { randomBytes } from 'node:crypto';
import type { Store } from '../resources/index.ts';
import { identityTables } from './tables.ts';
import type { TokenKey } from './token.ts';
import { LONGEST_TOKEN_MS } from './token-life.ts';

const DAY_MS = 86_400_000;

/** Clocks of processes may differ. */
const SLACK_MS = 3_600_000;

/** Unknown keys are looked for no more often: tokens may name what they like. */
const LOOK_EVERY_MS = 1_000;

const SECRET_OCTETS = 32;

interface KnownKey extends TokenKey {
  readonly madeAt: number;
}

/** The keys of a store. */
export class TokenKeys {
  readonly #store: Store;
  readonly #now: () => number;
  #keys: ReadonlyMap<number, KnownKey> = new Map();
  #newest: KnownKey | undefined;
  #looked = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;

  /** @param now milliseconds since 1970 */
  constructor(store: Store, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  /** The key to make tokens with; a new one when the newest is a day old. */
  async newest(): Promise<TokenKey> {
    if (this.#isCurrent(this.#newest)) return this.#newest;
    await this.#read();
    if (!this.#isCurrent(this.#newest)) {
      await this.#renew();
      await this.#read();
    }
    if (this.#newest === undefined) throw new Error('The store has no key for tokens.');
    return this.#newest;
  }

  /** The key of this number, when it is known already. */
  known(id: number): TokenKey | undefined {
    return this.#keys.get(id);
  }

  /** The key of this number; undefined when there is none, or none any more. */
  async find(id: number): Promise<TokenKey | undefined> {
    const now = performance.now();
    if (!this.#keys.has(id)) {
      if (now - this.#looked >= LOOK_EVERY_MS) {
        this.#looked = now;
        this.#looking = this.#read();
      }
      // Who comes while somebody looks has to know what is found.
      await this.#looking;
    }
    return this.#keys.get(id);
  }

  #isCurrent(key: KnownKey | undefined): key is KnownKey {
    return key !== undefined && this.#now() - key.madeAt < DAY_MS;
  }

  async #read(): Promise<void> {
    const rows = await identityTables(this.#store.read)
      .selectFrom('identity_token_keys')
      .selectAll()
      .orderBy('id')
      .execute();
    const keys = rows.map(
      ({ id, secret, made_at }): KnownKey => ({
        id,
        secret: Buffer.from(secret, 'base64'),
        madeAt: Number(made_at),
      }),
    );
    this.#keys = new Map(keys.map((key) => [key.id, key]));
    this.#newest = keys.at(-1);
  }

  /** Adds a key unless another process just did, and removes those that no token can be of any more. */
  async #renew(): Promise<void> {
    await this.#store.transaction(async (tx) => {
      const db = identityTables(tx.db);
      const keys = await db
        .selectFrom('identity_token_keys')
        .select(['id', 'made_at'])
        .orderBy('id')
        .execute();
      const newest = keys.at(-1);
      const now = this.#now();
      if (newest !== undefined && now - Number(newest.made_at) < DAY_MS) return;
      const secret = randomBytes(SECRET_OCTETS).toString('base64');
      await db
        .insertInto('identity_token_keys')
        .values({ id: (newest?.id ?? 0) + 1, secret, made_at: now })
        .execute();
      // A key is used until its successor is made, and its tokens live on for their time.
      const outlived = keys.filter((_, at) => {
        const successor = keys[at + 1];
        return successor !== undefined && now - Number(successor.made_at) > LONGEST_TOKEN_MS + SLACK_MS;
      });
      for (const { id } of outlived)
        await db.deleteFrom('identity_token_keys').where('id', '=', id).execute();
    });
  }
}
