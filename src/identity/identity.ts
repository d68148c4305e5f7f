/**
 * The identity service: signs users in, makes their tokens and says whose a token is. What it says of a token it keeps,
 * and looks once a second whether anything of the kind was changed, by whatever process: so a token costs no look into
 * the store, and what was taken from its holder is gone within that second; at once in the process that took it.
 */
import { errors } from '../errors/index.ts';
import type { Store } from '../resources/index.ts';
import { Attempts } from './attempts.ts';
import { type CatalogEntry, readCatalog } from './catalog.ts';
import { type PasswordCost, Passwords } from './passwords.ts';
import { requirePassword, type SignedIn, type SignInParts, signIn } from './sign-in.ts';
import type { SignInRequest } from './sign-in-request.ts';
import { holds, isRevoked, readStanding } from './standing.ts';
import { changeIdentity, type IdentityDb, identityTables } from './tables.ts';
import { keyIdOf, openToken, sealToken } from './token.ts';
import { TokenKeys } from './token-keys.ts';
import { LONGEST_TOKEN_MS } from './token-life.ts';

/** How long what is known of tokens goes without a look whether it was changed. */
const FRESH_MS = 1_000;

/** Tokens that are remembered. */
const MOST_TOKENS = 20_000;

export interface IdentityOptions {
  /** Lifetime of tokens. */
  readonly lifetimeMs: number;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** What a password's hash costs, if not what is usual. */
  readonly passwordCost?: PasswordCost | undefined;
}

export interface IssuedToken extends SignedIn {
  /** For the header `X-Subject-Token`. */
  readonly text: string;
}

/** Says whose tokens are. */
export interface TokenChecker {
  /**
   * Whose a token is, at once when it is known.
   * @throws RequestError 401 when it is none, or none any more
   */
  authenticate(token: string): SignedIn | Promise<SignedIn>;
}

export class IdentityService implements TokenChecker {
  readonly passwords: Passwords;
  readonly #store: Store;
  readonly #db: IdentityDb;
  readonly #keys: TokenKeys;
  readonly #parts: SignInParts;
  readonly #now: () => number;
  /** Oldest first. */
  readonly #known = new Map<string, SignedIn>();
  #catalog: Promise<CatalogEntry[]> | undefined;
  #generation = -1;
  /** How often what is known was forgotten: what was read before that is not kept. */
  #forgotten = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #look: Promise<void> | undefined;

  constructor(store: Store, { lifetimeMs, now = Date.now, passwordCost }: IdentityOptions) {
    this.passwords = new Passwords(passwordCost);
    this.#store = store;
    this.#db = identityTables(store.read);
    this.#keys = new TokenKeys(store, now);
    this.#now = now;
    this.#parts = {
      db: this.#db,
      passwords: this.passwords,
      attempts: new Attempts(),
      lifetimeMs,
      now,
      authenticate: async (token) => this.authenticate(token),
    };
  }

  /** The tables, to be read. */
  get db(): IdentityDb {
    return this.#db;
  }

  /**
   * Signs somebody in.
   * @param address that the request comes from
   * @throws RequestError 401 when anything of it is wrong, 429 after many wrong ones, 503 when too many wait
   */
  async signIn(request: SignInRequest, address: string): Promise<IssuedToken> {
    const forgotten = this.#forgotten;
    const signedIn = await signIn(this.#parts, request, address);
    const text = sealToken(await this.#keys.newest(), signedIn.claims);
    this.#keep(text, signedIn, forgotten);
    return { ...signedIn, text };
  }

  /** @throws RequestError as `requirePassword` */
  requirePassword(userId: string, password: string, address: string): Promise<void> {
    return requirePassword(this.#parts, userId, password, address);
  }

  /**
   * Whose a token is, at once when it is known.
   * @throws RequestError 401 when it is none, or none any more
   */
  authenticate(token: string): SignedIn | Promise<SignedIn> {
    const known = performance.now() - this.#lookedAt < FRESH_MS ? this.#known.get(token) : undefined;
    return known !== undefined && known.claims.expiresAt > this.#now() ? known : this.#lookUp(token);
  }

  async #lookUp(token: string): Promise<SignedIn> {
    await this.#refresh();
    const forgotten = this.#forgotten;
    const known = this.#known.get(token);
    if (known !== undefined && known.claims.expiresAt > this.#now()) return known;
    const keyId = keyIdOf(token);
    const key = keyId === undefined ? undefined : await this.#keys.find(keyId);
    const claims = key && openToken(key, token);
    if (claims === undefined || claims.expiresAt <= this.#now()) throw errors.identity.unauthorized();
    const [standing, revoked] = await Promise.all([
      readStanding(this.#db, claims, this.#now()),
      isRevoked(this.#db, claims),
    ]);
    if (revoked || standing === undefined || !holds(claims, standing)) throw errors.identity.unauthorized();
    const signedIn = { claims, standing };
    this.#keep(token, signedIn, forgotten);
    return signedIn;
  }

  #keep(token: string, signedIn: SignedIn, forgotten: number): void {
    if (forgotten !== this.#forgotten) return;
    this.#known.set(token, signedIn);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_TOKENS && oldest !== undefined) this.#known.delete(oldest);
  }

  /** Forgets what is known when any process has changed anything; looks at most once in a while. */
  async #refresh(): Promise<void> {
    if (performance.now() - this.#lookedAt < FRESH_MS) return;
    this.#look ??= this.#lookForChanges().finally(() => {
      this.#look = undefined;
    });
    await this.#look;
  }

  async #lookForChanges(): Promise<void> {
    const began = performance.now();
    const row = await this.#db.selectFrom('identity_generations').select('number').executeTakeFirst();
    const generation = Number(row?.number ?? 0);
    if (generation !== this.#generation) this.#forget();
    this.#generation = generation;
    this.#lookedAt = began;
  }

  #forget(): void {
    this.#forgotten++;
    this.#known.clear();
    this.#catalog = undefined;
  }

  /**
   * Changes what sign-ins and tokens depend on; here it counts when this resolves, elsewhere a second later.
   * @throws RequestError and what the store throws
   */
  async change<R>(change: (db: IdentityDb) => Promise<R>): Promise<R> {
    try {
      return await changeIdentity(this.#store, change);
    } finally {
      this.#forget();
    }
  }

  /** Where services are: URLs that begin with `/` are this service's own. */
  async catalog(): Promise<CatalogEntry[]> {
    await this.#refresh();
    this.#catalog ??= readCatalog(this.#db).catch((error: unknown) => {
      // Whoever asks next has it tried again.
      this.#catalog = undefined;
      throw error;
    });
    return this.#catalog;
  }

  /** Ends a token before its time. */
  async revoke({ claims }: SignedIn): Promise<void> {
    const [auditId = ''] = claims.auditIds;
    await this.change(async (db) => {
      // A clock that was put forward may be put back.
      const over = this.#now() - LONGEST_TOKEN_MS;
      await db.deleteFrom('identity_revocations').where('expires_at', '<', over).execute();
      await db
        .insertInto('identity_revocations')
        .values({ audit_id: auditId, expires_at: claims.expiresAt })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    });
  }
}
