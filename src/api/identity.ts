/**
 * Who asks. `auth.mode: none`: project and roles are taken from headers as they come, so the server listens on
 * loopback only. `builtin`: a token says it.
 */
import type { FastifyRequest } from 'fastify';
import { errors } from '../errors/index.ts';
import type { SignedIn } from '../identity/index.ts';

export interface Caller {
  readonly projectId: string;
  readonly isAdmin: boolean;
  /** May change things; a reader may only look. */
  readonly canWrite: boolean;
  /** May look; whoever has none of the roles that the network API knows, or no project, may not even that. */
  readonly canRead: boolean;
  /** Wants nothing cleared that may be a slip. */
  readonly isStrict?: boolean;
  /** The id under which the log has the request. */
  readonly requestId: string;
  /** Who it is in the project, as far as that was told: for the log alone. */
  readonly user?: string | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose token the request has; undefined where none is asked for. */
    signedIn: SignedIn | undefined;
  }
}

/**
 * Says who asks.
 * @throws RequestError 400 for a project that cannot be one, 401 without a token where one is needed
 */
export type CallerOf = (request: FastifyRequest) => Caller;

/** The project of callers that name none. */
const DEFAULT_PROJECT = 'default';

const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

/** `X-Sextant-Strict: true` */
const isStrict = (headers: FastifyRequest['headers']): boolean =>
  one(headers['x-sextant-strict'])?.toLowerCase() === 'true';

/** Takes headers at their word. */
export const callerOfHeaders: CallerOf = ({ headers, id }) => {
  const projectId = one(headers['x-project-id']) ?? one(headers['x-tenant-id']) ?? DEFAULT_PROJECT;
  if (projectId.length > 255 || projectId === '') {
    throw errors.request.projectHeader();
  }
  const roles = (one(headers['x-roles']) ?? 'admin').split(',').map((role) => role.trim().toLowerCase());
  const isAdmin = roles.includes('admin');
  return {
    projectId,
    isAdmin,
    isStrict: isStrict(headers),
    requestId: id,
    user: one(headers['x-user-id'])?.slice(0, 255),
    canWrite: isAdmin || roles.some((role) => role === 'member' || role === '_member_'),
    canRead: true,
  };
};

/** The names of a token's roles, those that others imply included. */
export const roleNames = ({ standing }: SignedIn): ReadonlySet<string> =>
  new Set(standing.roles.map(({ name }) => name));

type CallerInToken = Omit<Caller, 'requestId' | 'isStrict'>;

const callers = new WeakMap<SignedIn, CallerInToken>();

/** What a token is good for in the network API: only one for a project is good for anything. */
function callerOf(signedIn: SignedIn): CallerInToken {
  const { claims } = signedIn;
  const roles = claims.scope.kind === 'project' ? roleNames(signedIn) : new Set();
  return {
    projectId: claims.scope.kind === 'project' ? claims.scope.id : '',
    isAdmin: roles.has('admin'),
    canWrite: roles.has('member'),
    canRead: roles.has('reader'),
    user: claims.userId,
  };
}

/** Takes what the request's token says. */
export const callerOfToken: CallerOf = ({ signedIn, headers, id }) => {
  if (signedIn === undefined) throw errors.identity.unauthorized();
  let caller = callers.get(signedIn);
  if (caller === undefined) {
    caller = callerOf(signedIn);
    callers.set(signedIn, caller);
  }
  return { ...caller, isStrict: isStrict(headers), requestId: id };
};
