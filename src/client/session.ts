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

/** A Neutron endpoint as people and catalogs write it, with or without `/v2.0`, as the service's root. */
export function serviceRoot(endpoint: string): string {
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    throw new EndpointError(`"${endpoint}" is not a URL: write it as http://[::1]:9696`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new EndpointError(`"${endpoint}" is neither an http nor an https URL`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/v2\.0$/, '');
}

/** An endpoint's text is no URL of a web service. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';
}
