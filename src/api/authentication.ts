/** Looks at a request's token before anything else is done for it. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errors, RequestError } from '../errors/index.ts';
import { IDENTITY_PATH, isAllowed, type SignedIn, type TokenChecker } from '../identity/index.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether a request needs no token. */
    isOpen?(request: FastifyRequest): boolean;
  }
}

/** Of a route that needs no token. */
export const OPEN = { config: { isOpen: () => true } } as const;

/** Of a route that needs none for who is on this machine. */
export const OPEN_HERE = {
  config: { isOpen: ({ ip }: FastifyRequest) => ip === '::1' || /^(?:::ffff:)?127\./.test(ip) },
} as const;

const pathOf = ({ url }: FastifyRequest): string => {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
};

/** Whether a path is of the identity API. */
export const isIdentityPath = (url: string): boolean =>
  url === IDENTITY_PATH || url.startsWith(`${IDENTITY_PATH}/`) || url.startsWith(`${IDENTITY_PATH}?`);

/** @throws RequestError 403 when the token's application credential is not for such requests */
function requireAccessRule({ standing }: SignedIn, request: FastifyRequest): void {
  const rules = standing.credential?.accessRules ?? null;
  if (rules === null) return;
  const path = pathOf(request);
  const service = isIdentityPath(path) ? 'identity' : 'network';
  const below = service === 'identity' ? path.slice(IDENTITY_PATH.length) : path;
  const { method, headers } = request;
  // What a client asks about its own token is no use of it, nor is its end.
  const isOwn = below === '/v3/auth/tokens' && headers['x-subject-token'] === headers['x-auth-token'];
  if (isOwn || (below === '/v3/auth/catalog' && method !== 'DELETE')) return;
  if (!isAllowed(rules, { service, method, path: below })) throw errors.identity.accessRule({ method, path });
}

const isUnauthorized = (error: unknown): boolean => error instanceof RequestError && error.status === 401;

/** Has every request but those of open routes, and to where nothing is, need a token. */
export function authenticateAll(
  app: FastifyInstance,
  tokens: TokenChecker,
  keystoneOf: (request: FastifyRequest) => string,
): void {
  const unauthorized = (request: FastifyRequest, reply: FastifyReply): Error => {
    reply.header('www-authenticate', `Keystone uri="${keystoneOf(request)}"`);
    return errors.identity.unauthorized();
  };
  const accept = (request: FastifyRequest, signedIn: SignedIn): void => {
    requireAccessRule(signedIn, request);
    request.signedIn = signedIn;
  };
  // Without a promise where the token is known: every request passes here.
  app.addHook('onRequest', (request, reply, done) => {
    const { config, url } = request.routeOptions;
    if (url === undefined || config.isOpen?.(request)) return done();
    const refuse = (error: unknown): void =>
      done(isUnauthorized(error) ? unauthorized(request, reply) : (error as Error));
    const token = request.headers['x-auth-token'];
    if (typeof token !== 'string' || token === '') return refuse(errors.identity.unauthorized());
    try {
      const known = tokens.authenticate(token);
      if (known instanceof Promise) {
        known.then((signedIn) => accept(request, signedIn)).then(() => done(), refuse);
        return;
      }
      accept(request, known);
    } catch (error) {
      return refuse(error);
    }
    done();
  });
}
