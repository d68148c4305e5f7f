/** What routes of the identity API have in common. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Prefix } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { IDENTITY_PATH, type IdentityService, type SignedIn } from '../../identity/index.ts';
import type { Values } from '../../resources/index.ts';
import { urlOf } from '../host.ts';

/** Where the identity API is. */
export const V3 = `${IDENTITY_PATH}/v3`;

/** What the routes are made with. */
export interface KeystoneParts {
  readonly app: FastifyInstance;
  readonly identity: IdentityService;
  /** The service's own URL for a request: as it was asked, unless the configuration says. */
  baseOf(request: FastifyRequest): string;
}

/** The URL that clients reach the service by. */
export const baseBy =
  (publicUrl: string) =>
  (request: FastifyRequest): string =>
    publicUrl === '' ? urlOf(request).origin : publicUrl.replace(/\/+$/, '');

/** @throws RequestError 401 */
export function signedInOf({ signedIn }: FastifyRequest): SignedIn {
  if (signedIn === undefined) throw errors.identity.unauthorized();
  return signedIn;
}

/**
 * Whose turn a sign-in is, and whose wrong passwords are counted: an address; of IPv6 the /64 around it, as whoever has one
 * has all of them.
 */
export function askerOf({ ip }: Pick<FastifyRequest, 'ip'>): string {
  const [address = ''] = ip.split('%');
  return address.includes(':') && !address.startsWith('::ffff:')
    ? Prefix.parse(`${address}/64`, { hostBits: 'clear' }).toString()
    : address;
}

export interface IdParams {
  Params: { id: string };
}

/** An item, with the link that Keystone's have. */
export const linked = (self: string, values: Values): Values => ({ ...values, links: { self } });

/** A list, with links. */
export const listed = (
  { baseOf }: KeystoneParts,
  request: FastifyRequest,
  collection: string,
  items: readonly Values[],
  path = collection,
): Values => {
  const base = `${baseOf(request)}${V3}`;
  return {
    [collection]: items.map((item) => linked(`${base}/${path}/${item.id}`, item)),
    links: {
      self: `${base}${request.url.slice(V3.length)}`,
      previous: null,
      next: null,
    },
  };
};

/** PostgreSQL takes no text with it. */
function refuseNul({ url }: FastifyRequest, _reply: FastifyReply, next: (error?: Error) => void): void {
  next(
    url.includes('%00')
      ? errors.identity.invalid({ field: 'URL', reason: 'it must not have NUL' })
      : undefined,
  );
}

/** What all routes have. Documentation of the identity API is a page of its own. */
export const HIDDEN = { schema: { hide: true }, onRequest: refuseNul } as const;
