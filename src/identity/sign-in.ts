/** Sign-ins: who somebody is, by password, token or application credential, and the claims of the token for it. */
import { randomBytes } from 'node:crypto';
import { errors } from '../errors/index.ts';
import type { Attempts } from './attempts.ts';
import type { Passwords } from './passwords.ts';
import type { NamedBy, Proof, SignInRequest, WantedScope } from './sign-in-request.ts';
import { endOf, readStanding, type Standing } from './standing.ts';
import type { IdentityDb } from './tables.ts';
import type { TokenClaims, TokenScope } from './token.ts';

/** A good sign-in: what its token is to say, and who its holder is. */
export interface SignedIn {
  readonly claims: TokenClaims;
  readonly standing: Standing;
}

/** What sign-ins are judged with. */
export interface SignInParts {
  readonly db: IdentityDb;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  /** Lifetime of tokens. */
  readonly lifetimeMs: number;
  /** Milliseconds since 1970. */
  now(): number;
  /** @throws RequestError 401 */
  authenticate(token: string): Promise<SignedIn>;
}

/** Who was proven, as of when. */
interface Proven {
  readonly userId: string;
  readonly userEpoch: number;
  readonly methods: readonly string[];
  /** Ends with the token, or the application credential, that it was proven by. */
  readonly expiresAt?: number;
  readonly parents?: readonly string[];
  /** The only scope that there can be. */
  readonly credential?: { readonly id: string; readonly projectId: string };
}

/** A user or project of this id, or name in a domain; names are looked for only with their domain. */
async function findNamed(
  db: IdentityDb,
  table: 'identity_users' | 'identity_projects',
  { id, name, domain }: NamedBy,
): Promise<string | undefined> {
  if (id !== undefined) return id;
  const found = await db
    .selectFrom(table)
    .innerJoin('identity_domains', 'identity_domains.id', `${table}.domain_id`)
    .select(`${table}.id`)
    .where(`${table}.name`, '=', name ?? '')
    .$if(domain?.id !== undefined, (query) => query.where('identity_domains.id', '=', domain?.id ?? ''))
    .$if(domain?.id === undefined, (query) => query.where('identity_domains.name', '=', domain?.name ?? ''))
    .executeTakeFirst();
  return found?.id;
}

const wordsOf = ({ id, name, domain }: NamedBy): string =>
  JSON.stringify(id === undefined ? [name, domain?.id ?? null, domain?.name ?? null] : [id]);

async function provePassword(
  parts: SignInParts,
  { user, password }: Extract<Proof, { method: 'password' }>,
  address: string,
): Promise<Proven> {
  const { db } = parts;
  const userId = await findNamed(db, 'identity_users', user);
  const row = await db
    .selectFrom('identity_users')
    .select(['id', 'epoch', 'password_hash'])
    .where('id', '=', userId ?? '')
    .executeTakeFirst();
  await requireSecret(parts, row?.id ?? wordsOf(user), password, row?.password_hash, address);
  if (row === undefined) throw errors.identity.unauthorized();
  return { userId: row.id, userEpoch: row.epoch, methods: ['password'] };
}

async function proveCredential(
  parts: SignInParts,
  { id, name, user, secret }: Extract<Proof, { method: 'application_credential' }>,
  address: string,
): Promise<Proven> {
  const { db } = parts;
  const userId = user && ((await findNamed(db, 'identity_users', user)) ?? '');
  const row = await db
    .selectFrom('identity_application_credentials as c')
    .innerJoin('identity_users as u', 'u.id', 'c.user_id')
    .select(['c.id', 'c.user_id', 'c.project_id', 'c.secret_hash', 'c.expires_at', 'u.epoch'])
    .$if(id !== undefined, (query) => query.where('c.id', '=', id ?? ''))
    .$if(id === undefined, (query) =>
      query.where('c.user_id', '=', userId ?? '').where('c.name', '=', name ?? ''),
    )
    .executeTakeFirst();
  const hash = row && endOf(row) > parts.now() ? row.secret_hash : undefined;
  await requireSecret(parts, row?.id ?? JSON.stringify([id, name, userId]), secret, hash, address);
  if (row === undefined) throw errors.identity.unauthorized();
  return {
    userId: row.user_id,
    userEpoch: row.epoch,
    methods: ['application_credential'],
    expiresAt: endOf(row),
    credential: { id: row.id, projectId: row.project_id },
  };
}

/**
 * Whether a secret is right; one that is wrong counts.
 * @param whose by which wrong ones are counted
 * @throws RequestError 429 after many wrong ones, 503 when many wait
 */
async function isRight(
  { passwords, attempts }: Pick<SignInParts, 'passwords' | 'attempts'>,
  whose: string,
  secret: string,
  hash: string | null | undefined,
  address: string,
): Promise<boolean> {
  const permit = (): void => attempts.permit(whose, address);
  permit();
  // Again when it is its turn: those before it may have used up what was left.
  const right = await passwords.compare(secret, hash ?? null, address, permit);
  if (!right) attempts.failed(whose, address);
  return right;
}

/** @throws RequestError 401 for a wrong one, else as `isRight` */
async function requireSecret(
  parts: SignInParts,
  whose: string,
  secret: string,
  hash: string | null | undefined,
  address: string,
): Promise<void> {
  if (!(await isRight(parts, whose, secret, hash, address))) throw errors.identity.unauthorized();
  parts.attempts.succeeded(whose, address);
}

/**
 * Makes sure that the holder of a user's token knows the password too. Wrong ones count for the user wherever they come
 * from, a stolen token being good for guesses from anywhere; and apart from sign-ins, so that nobody is kept out by them.
 * @throws RequestError 401 for a wrong one, else as `isRight`
 */
export async function requirePassword(
  parts: Pick<SignInParts, 'db' | 'passwords' | 'attempts'>,
  userId: string,
  password: string,
  address: string,
): Promise<void> {
  const row = await parts.db
    .selectFrom('identity_users')
    .select('password_hash')
    .where('id', '=', userId)
    .executeTakeFirst();
  if (!(await isRight(parts, `with a token: ${userId}`, password, row?.password_hash, address)))
    throw errors.identity.wrongPassword();
}

async function proveToken({ authenticate }: SignInParts, token: string): Promise<Proven> {
  const { claims } = await authenticate(token);
  // It is for one project, and gives no other.
  if (claims.credentialId !== '') throw errors.identity.forbidden({ action: 'rescope_token' });
  const [own = ''] = claims.auditIds;
  return {
    userId: claims.userId,
    userEpoch: claims.userEpoch,
    methods: [...new Set([...claims.methods, 'token'])],
    expiresAt: claims.expiresAt,
    parents: [claims.auditIds.at(-1) ?? own],
  };
}

const prove = (parts: SignInParts, proof: Proof, address: string): Promise<Proven> => {
  if (proof.method === 'password') return provePassword(parts, proof, address);
  if (proof.method === 'token') return proveToken(parts, proof.token);
  return proveCredential(parts, proof, address);
};

async function scopeNamed(db: IdentityDb, wanted: WantedScope): Promise<TokenScope> {
  if (wanted.kind === 'none') return { kind: 'none', id: '' };
  if (wanted.kind === 'system') return { kind: 'system', id: 'all' };
  const { named, kind } = wanted;
  if (kind === 'project') return { kind, id: (await findNamed(db, 'identity_projects', named)) ?? '' };
  if (named.id !== undefined) return { kind, id: named.id };
  const found = await db
    .selectFrom('identity_domains')
    .select('id')
    .where('name', '=', named.name ?? '')
    .executeTakeFirst();
  return { kind, id: found?.id ?? '' };
}

/** The user's default project, when there is one in which the user has a role; else nothing. */
async function usualStanding(
  db: IdentityDb,
  userId: string,
  now: number,
): Promise<[TokenScope, Standing | undefined]> {
  const row = await db
    .selectFrom('identity_users')
    .select('default_project_id')
    .where('id', '=', userId)
    .executeTakeFirst();
  if (row?.default_project_id) {
    const scope = { kind: 'project', id: row.default_project_id } as const;
    const standing = await readStanding(db, { userId, scope, credentialId: '' }, now);
    if (standing !== undefined) return [scope, standing];
  }
  const scope = { kind: 'none', id: '' } as const;
  return [scope, await readStanding(db, { userId, scope, credentialId: '' }, now)];
}

async function standingFor(
  db: IdentityDb,
  { userId, credential }: Proven,
  wanted: WantedScope | undefined,
  now: number,
): Promise<[TokenScope, Standing | undefined]> {
  if (credential !== undefined) {
    const scope = { kind: 'project', id: credential.projectId } as const;
    return [scope, await readStanding(db, { userId, scope, credentialId: credential.id }, now)];
  }
  if (wanted === undefined) return usualStanding(db, userId, now);
  const scope = await scopeNamed(db, wanted);
  return [scope, await readStanding(db, { userId, scope, credentialId: '' }, now)];
}

const AUDIT_ID_OCTETS = 16;

/**
 * Judges a sign-in.
 * @param address that it comes from
 * @throws RequestError 401 when anything of it is wrong, 429 after many wrong ones, 503 when too many wait
 */
export async function signIn(
  parts: SignInParts,
  { proofs, scope: wanted }: SignInRequest,
  address: string,
): Promise<SignedIn> {
  const proven: Proven[] = [];
  for (const proof of proofs) proven.push(await prove(parts, proof, address));
  const [first] = proven;
  const isOne = proven.every(({ userId }) => userId === first?.userId);
  if (first === undefined || !isOne) throw errors.identity.unauthorized();
  const credential = proven.find((one) => one.credential)?.credential;
  if (credential !== undefined && wanted !== undefined)
    throw errors.identity.invalid({
      field: 'scope',
      reason: 'an application credential has the scope that it was made with',
    });
  const now = parts.now();
  const [scope, standing] = await standingFor(
    parts.db,
    { ...first, ...(credential && { credential }) },
    wanted,
    now,
  );
  if (standing === undefined || standing.user.epoch !== first.userEpoch) throw errors.identity.unauthorized();
  const ends = proven.flatMap(({ expiresAt }) => expiresAt ?? []);
  return {
    standing,
    claims: {
      userId: first.userId,
      scope,
      methods: [...new Set(proven.flatMap((one) => one.methods))],
      issuedAt: now,
      expiresAt: Math.min(now + parts.lifetimeMs, ...ends),
      auditIds: [
        randomBytes(AUDIT_ID_OCTETS).toString('base64url'),
        ...proven.flatMap(({ parents = [] }) => parents).slice(0, 1),
      ],
      userEpoch: first.userEpoch,
      scopeEpoch: standing.scopeEpoch,
      credentialId: credential?.id ?? '',
    },
  };
}
