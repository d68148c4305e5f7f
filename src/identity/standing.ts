/** Who somebody is and what he may where, as the store says it now. */
import { sql } from 'kysely';
import { statement, together } from '../store/index.ts';
import { heldBy } from './held-by.ts';
import { type RoleItem, withImplied } from './roles.ts';
import type { IdentityDb } from './tables.ts';
import type { TokenClaims, TokenScope } from './token.ts';

export interface NamedById {
  readonly id: string;
  readonly name: string;
}

export interface InDomain extends NamedById {
  readonly domain: NamedById;
}

/** What a token is for, with its names. */
export type ScopeShown =
  | { readonly kind: 'project'; readonly project: InDomain }
  | { readonly kind: 'domain'; readonly domain: NamedById }
  | { readonly kind: 'system' }
  | { readonly kind: 'none' };

export interface AccessRule {
  readonly id?: string | undefined;
  readonly service: string;
  readonly method: string;
  readonly path: string;
}

export interface CredentialShown extends NamedById {
  readonly unrestricted: boolean;
  /** Milliseconds since 1970, or Infinity. */
  readonly endsAt: number;
  readonly accessRules: readonly AccessRule[] | null;
}

/** What there is to know of a token's holder. */
export interface Standing {
  readonly user: InDomain & { readonly epoch: number };
  readonly scope: ScopeShown;
  readonly scopeEpoch: number;
  /** Those that others imply included. */
  readonly roles: readonly RoleItem[];
  /** The application credential that the token was made by. */
  readonly credential: CredentialShown | undefined;
}

const userById = statement((db: IdentityDb, id: string) =>
  db
    .selectFrom('identity_users as u')
    .innerJoin('identity_domains as d', 'd.id', 'u.domain_id')
    .select(['u.id', 'u.name', 'u.epoch', 'u.enabled', 'd.id as domainId', 'd.name as domainName'])
    .select('d.enabled as domainEnabled')
    .where('u.id', '=', id),
);

const projectById = statement((db: IdentityDb, id: string) =>
  db
    .selectFrom('identity_projects as p')
    .innerJoin('identity_domains as d', 'd.id', 'p.domain_id')
    .select(['p.id', 'p.name', 'p.epoch', 'p.enabled', 'd.id as domainId', 'd.name as domainName'])
    .select('d.enabled as domainEnabled')
    .where('p.id', '=', id),
);

const domainById = statement((db: IdentityDb, id: string) =>
  db.selectFrom('identity_domains').select(['id', 'name', 'enabled']).where('id', '=', id),
);

const allRoles = statement((db: IdentityDb) => db.selectFrom('identity_roles').select(['id', 'name']));

const rolesOn = statement((db: IdentityDb, userId: string, again: string, target: string, targetId: string) =>
  db
    .selectFrom('identity_assignments as a')
    .innerJoin('identity_roles as r', 'r.id', 'a.role_id')
    .select(['r.id', 'r.name'])
    .distinct()
    .where(heldBy(userId, again))
    .where('a.target', '=', sql<'project'>`${target}`)
    .where('a.target_id', '=', targetId),
);

const revocation = statement((db: IdentityDb, auditId: string) =>
  db.selectFrom('identity_revocations').select('audit_id').where('audit_id', '=', auditId),
);

const credentialById = statement((db: IdentityDb, id: string) =>
  db
    .selectFrom('identity_application_credentials')
    .select(['id', 'name', 'user_id', 'project_id', 'unrestricted', 'expires_at'])
    .select(['role_ids', 'access_rules'])
    .where('id', '=', id),
);

interface EnabledRow {
  readonly enabled: number;
  readonly domainEnabled?: number;
}
const works = (row: EnabledRow | undefined): boolean => row?.enabled === 1 && (row.domainEnabled ?? 1) === 1;

const inDomain = (row: { id: string; name: string; domainId: string; domainName: string }): InDomain => ({
  id: row.id,
  name: row.name,
  domain: { id: row.domainId, name: row.domainName },
});

/** @returns what the scope is called; undefined when it is not there, or switched off */
async function readScope(
  db: IdentityDb,
  scope: TokenScope,
): Promise<{ shown: ScopeShown; epoch: number } | undefined> {
  if (scope.kind === 'project') {
    const row = await projectById.first(db, scope.id);
    return works(row) && row
      ? { shown: { kind: 'project', project: inDomain(row) }, epoch: row.epoch }
      : undefined;
  }
  if (scope.kind === 'domain') {
    const row = await domainById.first(db, scope.id);
    return works(row) && row
      ? { shown: { kind: 'domain', domain: { id: row.id, name: row.name } }, epoch: 0 }
      : undefined;
  }
  return { shown: { kind: scope.kind }, epoch: 0 };
}

async function readRoles(db: IdentityDb, userId: string, scope: TokenScope): Promise<RoleItem[]> {
  if (scope.kind === 'none') return [];
  const [direct = [], all = []] = await together([
    rolesOn.all(db, userId, userId, scope.kind, scope.id),
    allRoles.all(db),
  ]);
  return withImplied(direct, all);
}

type CredentialRow = NonNullable<Awaited<ReturnType<typeof credentialById.first>>>;

/** When an application credential ends, in milliseconds since 1970; never: Infinity. What is stored is UTC, and has no zone. */
export const endOf = ({ expires_at }: Pick<CredentialRow, 'expires_at'>): number =>
  expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(`${expires_at}Z`);

async function readCredential(
  db: IdentityDb,
  { credentialId, userId, scope }: Pick<TokenClaims, 'credentialId' | 'userId' | 'scope'>,
  now: number,
): Promise<CredentialRow | undefined> {
  const row = await credentialById.first(db, credentialId);
  const isIts = row?.user_id === userId && scope.kind === 'project' && row.project_id === scope.id;
  return isIts && endOf(row) > now ? row : undefined;
}

/**
 * @param of whose token, for what
 * @param now milliseconds since 1970
 * @returns undefined when user or scope are not there or switched off, or the user has no role there
 */
export async function readStanding(
  db: IdentityDb,
  of: Pick<TokenClaims, 'userId' | 'scope' | 'credentialId'>,
  now: number,
): Promise<Standing | undefined> {
  const { userId, scope, credentialId } = of;
  const [userRow, target, held, credential] = await Promise.all([
    userById.first(db, userId),
    readScope(db, scope),
    readRoles(db, userId, scope),
    credentialId === '' ? undefined : readCredential(db, of, now),
  ]);
  if (userRow === undefined || !works(userRow) || target === undefined) return undefined;
  if (credentialId !== '' && credential === undefined) return undefined;
  const given = credential && new Set<string>(JSON.parse(credential.role_ids));
  const roles =
    given === undefined
      ? held
      : withImplied(
          held.filter(({ id }) => given.has(id)),
          held,
        );
  if (scope.kind !== 'none' && roles.length === 0) return undefined;
  return {
    user: { ...inDomain(userRow), epoch: userRow.epoch },
    scope: target.shown,
    scopeEpoch: target.epoch,
    roles,
    credential: credential && {
      id: credential.id,
      name: credential.name,
      unrestricted: credential.unrestricted === 1,
      endsAt: endOf(credential),
      accessRules: JSON.parse(credential.access_rules ?? 'null'),
    },
  };
}

/** Whether a token was revoked by itself. */
export const isRevoked = async (db: IdentityDb, { auditIds: [own = ''] }: TokenClaims): Promise<boolean> =>
  (await revocation.first(db, own)) !== undefined;

/** Whether the claims hold for this standing still: neither user nor project has moved on. */
export const holds = (
  { userEpoch, scopeEpoch }: Pick<TokenClaims, 'userEpoch' | 'scopeEpoch'>,
  standing: Standing,
): boolean => standing.user.epoch === userEpoch && standing.scopeEpoch === scopeEpoch;
