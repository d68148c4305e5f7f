/**
 * Whose a token is, when a Keystone elsewhere gives tokens out. What it says is taken for some seconds without asking
 * again; while it does not answer, what it said last counts for a minute.
 */
import { type Cloud, IdentityClient, type KeystoneToken } from '../client/index.ts';
import { errors } from '../errors/index.ts';
import type { ScopeShown, SignedIn, TokenChecker, TokenScope } from '../identity/index.ts';
import type { KeystoneSettings } from './configuration.ts';

/** A role that is taken in Keystone works on for no longer. */
const FRESH_MS = 5_000;
/** While Keystone does not answer; and how soon it is asked again then. */
const LASTING_MS = 60_000;
const AGAIN_MS = 1_000;
/** How long it is waited for; not as long when there is what it said before. */
const ANSWER_MS = 15_000;
const PATIENCE_MS = 2_000;
/** Tokens that are remembered, good and bad. */
const MOST_TOKENS = 20_000;
/** Keystone's own are a tenth of that. */
const LONGEST_TOKEN = 4096;

/** Asks Keystone; undefined for a token that is none. Rejects when no answer comes, or one that makes no sense. */
export type AskKeystone = (token: string) => Promise<KeystoneToken | undefined>;

/** What Keystone said, and when. */
interface Said {
  readonly signedIn: SignedIn | undefined;
  readonly at: number;
}

function scopesOf({ project, domain, system }: KeystoneToken): [TokenScope, ScopeShown] {
  if (project)
    return [
      { kind: 'project', id: project.id },
      { kind: 'project', project },
    ];
  if (domain)
    return [
      { kind: 'domain', id: domain.id },
      { kind: 'domain', domain },
    ];
  if (system) return [{ kind: 'system', id: 'all' }, { kind: 'system' }];
  return [{ kind: 'none', id: '' }, { kind: 'none' }];
}

/** A token as Keystone shows it, as one of this service's own. Pure. */
function signedInBy(token: KeystoneToken): SignedIn {
  const { user, roles = [], application_credential: credential } = token;
  const [scope, shown] = scopesOf(token);
  return {
    claims: {
      userId: user.id,
      scope,
      methods: token.methods,
      issuedAt: Date.parse(token.issued_at),
      expiresAt: Date.parse(token.expires_at),
      auditIds: token.audit_ids,
      userEpoch: 0,
      scopeEpoch: 0,
      credentialId: credential?.id ?? '',
    },
    standing: {
      user: { ...user, epoch: 0 },
      scope: shown,
      scopeEpoch: 0,
      roles,
      credential: credential && {
        id: credential.id,
        name: credential.name,
        unrestricted: !credential.restricted,
        // Its tokens end where it does: that is Keystone's to see to.
        endsAt: Number.POSITIVE_INFINITY,
        accessRules: credential.access_rules ?? null,
      },
    },
  };
}

/** Says whose tokens are, as Keystone does. */
export class KeystoneTokens implements TokenChecker {
  readonly #ask: AskKeystone;
  readonly #now: () => number;
  /** Oldest first. */
  readonly #said = new Map<string, Said>();
  readonly #asked = new Map<string, Promise<SignedIn>>();
  #silentUntil = Number.NEGATIVE_INFINITY;

  readonly #onFailure: (error: unknown) => void;

  /**
   * @param onFailure is told why Keystone gave no answer
   * @param now milliseconds on a clock that never goes back
   */
  constructor(
    ask: AskKeystone,
    onFailure: (error: unknown) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#ask = ask;
    this.#onFailure = onFailure;
    this.#now = now;
  }

  /** @throws RequestError 401 for a token that is none, 503 when Keystone does not answer */
  authenticate(token: string): SignedIn | Promise<SignedIn> {
    const said = this.#said.get(token);
    if (said !== undefined && this.#now() - said.at < FRESH_MS) return usable(said.signedIn);
    if (token.length > LONGEST_TOKEN) throw errors.identity.unauthorized();
    let asked = this.#asked.get(token);
    if (asked === undefined) {
      asked = this.#askAbout(token, said).finally(() => this.#asked.delete(token));
      this.#asked.set(token, asked);
    }
    return asked;
  }

  async #askAbout(token: string, before: Said | undefined): Promise<SignedIn> {
    const at = this.#now();
    if (at < this.#silentUntil) return this.#withoutKeystone(before);
    let shown: KeystoneToken | undefined;
    try {
      shown = await (before === undefined ? this.#ask(token) : notForLong(this.#ask(token)));
    } catch (error) {
      this.#onFailure(error);
      this.#silentUntil = this.#now() + AGAIN_MS;
      return this.#withoutKeystone(before);
    }
    const said = { signedIn: shown && signedInBy(shown), at };
    this.#said.delete(token);
    this.#said.set(token, said);
    const [oldest] = this.#said.keys();
    if (this.#said.size > MOST_TOKENS && oldest !== undefined) this.#said.delete(oldest);
    return usable(said.signedIn);
  }

  #withoutKeystone(before: Said | undefined): SignedIn {
    if (before !== undefined && this.#now() - before.at < LASTING_MS) return usable(before.signedIn);
    throw errors.identity.keystoneAway();
  }
}

/** @throws Error when it takes long */
async function notForLong<T>(answer: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS / 1_000} s`)), PATIENCE_MS);
  // Whatever it is that comes later.
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** @throws RequestError 401 */
function usable(signedIn: SignedIn | undefined): SignedIn {
  if (signedIn === undefined || signedIn.claims.expiresAt <= Date.now()) throw errors.identity.unauthorized();
  return signedIn;
}

/**
 * Asks a Keystone about tokens, as a user of its own there.
 * @returns how to ask, and how to close its connections
 */
export function askKeystone({ url, ...as }: KeystoneSettings): { ask: AskKeystone; close(): void } {
  const cloud: Cloud = {
    tls: {},
    access: {
      type: 'keystone',
      options: {
        authUrl: url,
        identity: { user: { name: as.user, domain: { name: as.userDomain } }, password: as.password },
        project: { name: as.project, domain: { name: as.projectDomain } },
        interface: 'public',
        // No network endpoint is asked for.
        endpoint: url,
      },
    },
  };
  const client = IdentityClient.ofCloud(cloud, ANSWER_MS);
  return { ask: (token) => client.showToken(token), close: () => client.close() };
}
