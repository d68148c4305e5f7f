/** How a client comes to a service, and what it sends with every request. */
import { checkZone, originWithZone, readWebUrl } from './web-url.ts';

/** Where a service is and what every request to it carries. */
export interface Access {
  /** The service's root, above `/v2.0`, without a slash at its end. */
  endpoint: string;
  headers: Readonly<Record<string, string>>;
  /** Whose token the headers hold, where an identity service gave it. */
  holder?: TokenHolder;
}

/** What a token is for. */
export interface TokenHolder {
  readonly projectId: string | undefined;
  /** Names of roles. */
  readonly roles: readonly string[];
}

/** How a client comes to its access. */
export interface Session {
  /** @param renew after a 401: what was given out before is good no more */
  access(renew: boolean): Promise<Access>;
  /** False when a new try cannot give anything else. */
  readonly renewable: boolean;
}

/** Access that needs no service of its own: an endpoint and fixed headers (auth type `none`, or a given token). */
export function fixedSession(endpoint: string, headers: Readonly<Record<string, string>> = {}): Session {
  const access = Promise.resolve({ endpoint: serviceRoot(endpoint), headers });
  return { renewable: false, access: () => access };
}

/**
 * A Neutron endpoint as people and catalogs write it, with or without `/v2.0`, as the service's root.
 * @throws EndpointError
 */
export function serviceRoot(endpoint: string): string {
  const where = readWebUrl(endpoint);
  checkZone(where);
  return `${originWithZone(where)}${where.url.pathname}`.replace(/\/+$/, '').replace(/\/v2\.0$/, '');
}
