/** Application credentials: made by their users, each for the project that its maker's token is for. */
import { randomBytes } from 'node:crypto';
import { errors } from '../errors/index.ts';
import { fromRow, toRow, type Values } from '../resources/index.ts';
import { uniqueViolation } from '../store/index.ts';
import { applicationCredential } from './definitions.ts';
import { newIdentityId } from './directory.ts';
import type { IdentityService } from './identity.ts';
import type { SignedIn } from './sign-in.ts';
import type { AccessRule, Standing } from './standing.ts';
import type { IdentityTables } from './tables.ts';

type CredentialColumns = IdentityTables['identity_application_credentials'];

const SECRET_OCTETS = 64;

async function shownOf({ db }: IdentityService, rows: readonly CredentialColumns[]): Promise<Values[]> {
  const roles = await db.selectFrom('identity_roles').select(['id', 'name']).execute();
  return rows.map((row) => {
    const ids = new Set<string>(JSON.parse(row.role_ids));
    const held = roles.filter(({ id }) => ids.has(id)).map((role) => ({ ...role, domain_id: null }));
    return { ...fromRow(applicationCredential, row), roles: held };
  });
}

export const credentialsOf = async (identity: IdentityService, userId: string): Promise<Values[]> =>
  shownOf(
    identity,
    await identity.db
      .selectFrom('identity_application_credentials')
      .selectAll()
      .where('user_id', '=', userId)
      .orderBy('id')
      .execute(),
  );

/** @throws RequestError 404 */
export async function findCredential(identity: IdentityService, userId: string, id: string): Promise<Values> {
  const found = (await credentialsOf(identity, userId)).find((one) => one.id === id);
  if (found === undefined) throw errors.identity.notFound({ kind: 'application credential', id });
  return found;
}

/** @throws RequestError 400 for roles that the token does not have */
function rolesFor(
  { roles }: Standing,
  wanted: readonly { readonly id?: string; readonly name?: string }[] | undefined,
): string[] {
  if (wanted === undefined) return roles.map(({ id }) => id);
  return wanted.map((role) => {
    const found = roles.find(({ id, name }) => (role.id === undefined ? name === role.name : id === role.id));
    if (found) return found.id;
    throw errors.identity.invalid({ field: 'roles', reason: 'the token has not all of them' });
  });
}

/** @param latest when the credential ends that makes it, as milliseconds since 1970; Infinity when none does */
function expiryOf(given: unknown, latest: number): string | null {
  if (given === null || given === undefined) return Number.isFinite(latest) ? stored(latest) : null;
  const text = String(given);
  // Clients leave the zone out: it is UTC.
  const time = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(time) || time <= Date.now())
    throw errors.identity.invalid({
      field: 'expires_at',
      reason: 'it must be a time to come, as 2030-12-31T00:00:00',
    });
  if (time > latest)
    throw errors.identity.invalid({
      field: 'expires_at',
      reason: `it must not be after ${stored(latest)}, when the credential ends that makes it`,
    });
  return stored(time);
}

/** A time (milliseconds since 1970) as Keystone writes it: UTC, with microseconds and no zone. */
const stored = (time: number): string => new Date(time).toISOString().replace('Z', '000');

/** What has been asked for, by its definition. */
export interface CredentialWish extends Values {
  readonly name: string;
  readonly secret?: string | null;
  readonly roles?: readonly { readonly id?: string; readonly name?: string }[];
  readonly access_rules?: readonly AccessRule[] | null;
  readonly expires_at?: string | null;
}

/**
 * @returns the credential, with its secret this once
 * @throws RequestError 400 for a token that is for no project, or roles that it has not; 409 when the name is taken
 */
export async function createCredential(
  identity: IdentityService,
  { claims, standing }: SignedIn,
  wish: CredentialWish,
  address: string,
): Promise<Values> {
  if (claims.scope.kind !== 'project')
    throw errors.identity.invalid({ field: 'auth.scope', reason: 'it takes a token for a project' });
  const secret = wish.secret ?? randomBytes(SECRET_OCTETS).toString('base64url');
  const rules = wish.access_rules ?? null;
  const values = {
    ...wish,
    id: newIdentityId(),
    user_id: claims.userId,
    project_id: claims.scope.id,
    expires_at: expiryOf(wish.expires_at, standing.credential?.endsAt ?? Number.POSITIVE_INFINITY),
    access_rules: rules?.map((rule) => ({ ...rule, id: rule.id ?? newIdentityId() })),
  };
  const role_ids = JSON.stringify(rolesFor(standing, wish.roles));
  const secret_hash = await identity.passwords.hash(secret, address);
  try {
    await identity.change((db) =>
      db
        .insertInto('identity_application_credentials')
        .values({ ...toRow(applicationCredential, values), secret_hash, role_ids } as CredentialColumns)
        .execute(),
    );
  } catch (error) {
    if (uniqueViolation(error) === undefined) throw error;
    throw errors.identity.conflict({ kind: 'application credential', name: wish.name });
  }
  return { ...(await findCredential(identity, claims.userId, values.id)), secret };
}

/** @throws RequestError 404 */
export async function deleteCredential(identity: IdentityService, userId: string, id: string): Promise<void> {
  await findCredential(identity, userId, id);
  await identity.change((db) =>
    db.deleteFrom('identity_application_credentials').where('id', '=', id).execute(),
  );
}

/** Whether a part of a path is what a rule has there. */
const isPart = (wanted: string, part: string): boolean =>
  wanted === part || (part !== '' && (wanted === '*' || /^\{\w+\}$/.test(wanted)));

/** Matches parts; `**` is tried with as few parts as do, and with more when what follows does not fit. */
function fitsPath(wanted: readonly string[], parts: readonly string[]): boolean {
  let [at, next] = [0, 0];
  let again: { at: number; next: number } | undefined;
  while (next < parts.length) {
    if (wanted[at] === '**') {
      again = { at: ++at, next };
    } else if (at < wanted.length && isPart(wanted[at]!, parts[next]!)) {
      at++;
      next++;
    } else if (again !== undefined) {
      again.next++;
      ({ at, next } = again);
    } else return false;
  }
  return wanted.slice(at).every((part) => part === '**');
}

/** Whether a request is one of those that access rules name. Pure. */
export const isAllowed = (
  rules: readonly AccessRule[] | null,
  request: { readonly service: string; readonly method: string; readonly path: string },
): boolean =>
  rules === null ||
  rules.some(
    ({ service, method, path }) =>
      service === request.service &&
      method === request.method &&
      fitsPath(path.split('/'), request.path.split('/')),
  );
