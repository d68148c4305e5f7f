/**
 * Identity API v3: a token for a user's name and password, an application credential or another token, and the endpoint
 * in its catalog.
 */
import { errorOfAnswer, isRecord, jsonOrUndefined } from './error.ts';
import { type Access, type Session, serviceRoot, type TokenHolder } from './session.ts';
import type { Transport } from './transport.ts';
import { readWebUrl, type WebUrl } from './web-url.ts';

/** An object that is named by its id, or by its name in a domain. */
export type KeystoneName = { id: string } | { name: string; domain?: { id: string } | { name: string } };

/** Named by its id, or by its name and whose it is. */
export type ApplicationCredential = { secret: string } & (
  | { id: string }
  | { name: string; user: KeystoneName }
);

export interface KeystoneOptions {
  /** Identity endpoint, with or without `/v3`. */
  readonly authUrl: string;
  readonly identity:
    | { password: string; user: KeystoneName }
    | { token: string }
    | { applicationCredential: ApplicationCredential };
  /** The project that the token is for; none for a token that keeps its scope, and an application credential. */
  readonly project?: KeystoneName | undefined;
  readonly region?: string | undefined;
  /** `public`, `internal` or `admin`. */
  readonly interface: string;
  /** The service's endpoint, when the catalog's is not to be used. */
  readonly endpoint?: string | undefined;
  /** Type of the service in the catalog: `network` when left out. */
  readonly service?: string | undefined;
}

/** The service has no endpoint that fits, or its answer is no token. */
export class KeystoneError extends Error {
  override readonly name = 'KeystoneError';
}

/** Logs in at the first request, and again after a 401. */
export function keystoneSession(transport: Transport, options: KeystoneOptions): Session {
  let access: Promise<Access> | undefined;
  return {
    renewable: true,
    access(renew) {
      if (access === undefined || renew) {
        access = logIn(transport, options);
        // A log-in that failed is tried again by the next request.
        access.catch(() => {
          access = undefined;
        });
      }
      return access;
    },
  };
}

async function logIn(transport: Transport, options: KeystoneOptions): Promise<Access> {
  const where = tokensUrl(options.authUrl);
  const { url } = where;
  const answer = await transport.send({
    method: 'POST',
    ...where,
    headers: {},
    body: JSON.stringify({ auth: authBody(options) }),
  });
  if (answer.status >= 400) throw errorOfAnswer(`POST ${url.pathname}`, answer.status, answer.body);
  const token = answer.headers['x-subject-token'];
  const body = jsonOrUndefined(answer.body);
  if (typeof token !== 'string' || !isRecord(body) || !isRecord(body.token)) {
    throw new KeystoneError(`${url} is no Identity v3 endpoint: its answer holds no token. Check auth_url.`);
  }
  const endpoint = options.endpoint ?? endpointIn(body.token.catalog, options);
  return {
    endpoint: serviceRoot(endpoint),
    headers: { 'x-auth-token': token },
    holder: holderOf(body.token),
  };
}

/** The project and the roles that a token is for. */
function holderOf({ project, roles }: Record<string, unknown>): TokenHolder {
  const names = Array.isArray(roles) ? roles.filter(isRecord).map(({ name }) => name) : [];
  return {
    projectId: isRecord(project) && typeof project.id === 'string' ? project.id : undefined,
    roles: names.filter((name) => typeof name === 'string'),
  };
}

/** The root of an identity service, as people write it with or without `/v3`. */
export const identityRoot = (authUrl: string): string => `${serviceRoot(authUrl).replace(/\/v3$/, '')}/v3`;

const tokensUrl = (authUrl: string): WebUrl => readWebUrl(`${identityRoot(authUrl)}/auth/tokens`);

function authBody({ identity, project }: KeystoneOptions): Record<string, unknown> {
  if ('applicationCredential' in identity) {
    const { applicationCredential } = identity;
    // It has the scope that it was made with, and takes no other.
    return {
      identity: { methods: ['application_credential'], application_credential: applicationCredential },
    };
  }
  const how =
    'token' in identity
      ? { methods: ['token'], token: { id: identity.token } }
      : {
          methods: ['password'],
          password: { user: { ...identity.user, password: identity.password } },
        };
  return project === undefined ? { identity: how } : { identity: how, scope: { project } };
}

function endpointIn(catalog: unknown, options: KeystoneOptions): string {
  const { region, interface: wanted, service: type = 'network' } = options;
  const services = Array.isArray(catalog) ? catalog.filter(isRecord) : [];
  const endpoints = services
    .filter((service) => service.type === type)
    .flatMap((service) => (Array.isArray(service.endpoints) ? service.endpoints.filter(isRecord) : []));
  const found = endpoints.find(
    (endpoint) =>
      endpoint.interface === wanted &&
      (region === undefined || endpoint.region_id === region || endpoint.region === region),
  );
  if (typeof found?.url === 'string') return found.url;
  const place = region === undefined ? '' : ` in region ${region}`;
  throw new KeystoneError(
    `The catalog of ${options.authUrl} has no ${wanted} endpoint of type ${type}${place}. ` +
      `Check region_name and interface${type === 'network' ? ', or set network_endpoint_override' : ''}.`,
  );
}
