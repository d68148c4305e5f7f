/** Who may do what in the identity API: one table. Pure. */
import { errors } from '../../errors/index.ts';
import type { IdentityName, SignedIn } from '../../identity/index.ts';
import type { Values } from '../../resources/index.ts';
import { roleNames } from '../identity.ts';

/** Who may look at a thing, beside administrators and whoever has the role reader for the system. */
type Onlooker =
  /** Whoever has signed in. */
  | 'everybody'
  /** The user that it is. */
  | 'itself'
  /** Tokens for the project, or the domain, that it is. */
  | 'within'
  /** Users of the domain that it is. */
  | 'its users'
  /** Readers for the domain that it is in. */
  | 'domain reader';

/** To change anything takes an administrator: the role admin, in a project or for the system. */
const ONLOOKERS: Readonly<Record<IdentityName, readonly Onlooker[]>> = {
  domain: ['within', 'its users'],
  project: ['within', 'domain reader'],
  user: ['itself', 'domain reader'],
  group: ['domain reader'],
  role: ['domain reader'],
  region: ['everybody'],
  service: [],
  endpoint: [],
  application_credential: ['itself'],
};

/** Whether the caller administers the service. */
export const isAdministrator = (signedIn: SignedIn): boolean =>
  ['project', 'system'].includes(signedIn.claims.scope.kind) && roleNames(signedIn).has('admin');

const isSystemReader = (signedIn: SignedIn): boolean =>
  signedIn.claims.scope.kind === 'system' && roleNames(signedIn).has('reader');

/** The domain that the caller may look into; undefined for none. */
export const domainRead = (signedIn: SignedIn): string | undefined =>
  signedIn.claims.scope.kind === 'domain' && roleNames(signedIn).has('reader')
    ? signedIn.claims.scope.id
    : undefined;

const looks: Readonly<Record<Onlooker, (signedIn: SignedIn, name: IdentityName, target: Values) => boolean>> =
  {
    everybody: () => true,
    itself: ({ claims }, name, target) => claims.userId === (name === 'user' ? target.id : target.user_id),
    within: ({ claims: { scope } }, name, target) => scope.kind === name && scope.id === target.id,
    'its users': ({ standing }, _, target) => standing.user.domain.id === target.id,
    'domain reader': (signedIn, name, target) => {
      const domain = domainRead(signedIn);
      return domain !== undefined && (name === 'role' || target.domain_id === domain);
    },
  };

const forbidden = (action: string) => errors.identity.forbidden({ action });

/** @throws RequestError 403 */
export function requireAdministrating(signedIn: SignedIn, action: string): void {
  if (!isAdministrator(signedIn)) throw forbidden(action);
}

/** Whether the caller may look at everything. */
export const readsAll = (signedIn: SignedIn): boolean =>
  isAdministrator(signedIn) || isSystemReader(signedIn);

/** @throws RequestError 403 */
export function requireReadingAll(signedIn: SignedIn, action: string): void {
  if (!readsAll(signedIn)) throw forbidden(action);
}

/**
 * @param target as it is, or what a path says of it: who may not look, is not told whether it is there
 * @throws RequestError 403
 */
export function requireLooking(signedIn: SignedIn, name: IdentityName, target: Values): void {
  if (readsAll(signedIn)) return;
  if (ONLOOKERS[name].some((onlooker) => looks[onlooker](signedIn, name, target))) return;
  throw forbidden(`get_${name}`);
}

/**
 * What lists of this kind are limited to for the caller: nothing more, or a domain.
 * @throws RequestError 403
 */
export function listLimit(signedIn: SignedIn, name: IdentityName, collection: string): Values {
  if (readsAll(signedIn) || ONLOOKERS[name].includes('everybody')) return {};
  const domain = domainRead(signedIn);
  if (domain === undefined || !ONLOOKERS[name].includes('domain reader'))
    throw forbidden(`list_${collection}`);
  return name === 'role' ? {} : { domain_id: domain };
}

/** @throws RequestError 403 unless it is the caller's own, or the caller reads everything */
export function requireOwn(signedIn: SignedIn, userId: string, action: string): void {
  if (signedIn.claims.userId !== userId && !readsAll(signedIn)) throw forbidden(action);
}

/**
 * Users change their passwords themselves.
 * @throws RequestError 403, also with a token of an application credential: what is for a program makes nobody its user
 */
export function requirePasswordChange({ claims, standing }: SignedIn, userId: string): void {
  if (claims.userId !== userId || standing.credential !== undefined) throw forbidden('change_password');
}

/**
 * A token is ended by its user or by an administrator.
 * @throws RequestError 403
 */
export function requireEnding(caller: SignedIn, subject: SignedIn): void {
  if (caller.claims.userId !== subject.claims.userId && !isAdministrator(caller))
    throw forbidden('revoke_token');
}

/**
 * Application credentials are made and deleted by their users themselves.
 * @throws RequestError 403, also with a token of an application credential that is not for that, or is for certain
 * requests alone: what it made could do more than it
 */
export function requireCredentialsChange(
  { claims, standing }: SignedIn,
  userId: string,
  action: string,
): void {
  if (claims.userId !== userId) throw forbidden(action);
  const { credential } = standing;
  if (credential !== undefined && !(credential.unrestricted && credential.accessRules === null))
    throw forbidden(action);
}
