/** The host that a request names, and the one that it comes from. */
import type { FastifyRequest } from 'fastify';
import { errors } from '../errors/index.ts';

/** The last one that was asked for: clients ask for one, over and over. */
let known: { readonly text: string; readonly origin: string; readonly hostname: string } | undefined;

/**
 * Where the client sees the service.
 * @throws RequestError 400 when `Host` is none
 */
function baseOf({ headers: { host = '' }, protocol }: FastifyRequest): { origin: string; hostname: string } {
  const text = `${protocol}://${host}`;
  if (known?.text === text) return known;
  const base = URL.parse(text);
  if (base?.pathname !== '/' || base.username !== '') throw errors.http.host({ host });
  known = { text, origin: base.origin, hostname: base.hostname };
  return known;
}

/**
 * The URL of a request as the client sees it.
 * @throws RequestError 400 when `Host` is none
 */
export const urlOf = (request: FastifyRequest): URL => new URL(request.url, baseOf(request).origin);

/**
 * While whoever reaches the API may do anything, it is served under names of loopback alone: a web page that an
 * operator has open could have its own name lead to this machine (DNS rebinding), and then ask what it likes.
 * @throws RequestError 403
 */
export function requireLoopback(request: FastifyRequest): void {
  const { hostname } = baseOf(request);
  // URLs have IPv4 addresses in dotted form, and IPv6 ones in brackets and short.
  const isLoopback =
    hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
  if (!isLoopback) throw errors.http.foreignHost({ host: hostname });
}

/**
 * While whoever reaches the API may do anything, no web page of another origin may have an operator's browser change
 * things: it could send JSON under a Content-Type for which browsers do not ask first (the Fetch Standard's
 * CORS-safelisted ones).
 * @throws RequestError 403
 */
export function requireOwnOrigin(request: FastifyRequest): void {
  const { origin } = request.headers;
  if (origin === undefined || request.method === 'GET' || request.method === 'HEAD') return;
  if (origin !== baseOf(request).origin) throw errors.http.foreignOrigin({ origin });
}
