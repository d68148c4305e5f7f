/** `clouds.yaml`, the file in which OpenStack's clients keep what they need to reach each cloud. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseYaml } from '../base/yaml.ts';
import { isRecord } from './error.ts';
import {
  type ApplicationCredential,
  type KeystoneName,
  type KeystoneOptions,
  keystoneSession,
} from './keystone.ts';
import { fixedSession, type Session } from './session.ts';
import { type TlsOptions, Transport, type TransportOptions } from './transport.ts';

/** The file is missing or wrong; the message names it, the cloud and the key. */
export class CloudError extends Error {
  override readonly name = 'CloudError';
}

/**
 * The same cloud, as another user and in another project, both by their ids.
 * @throws CloudError where there is no identity service
 */
export function cloudAs(
  cloud: Cloud,
  as: { readonly userId: string; readonly password: string; readonly projectId: string },
): Cloud {
  const { access } = cloud;
  if (access.type !== 'keystone')
    throw new CloudError('The cloud has no identity service: it knows no users.');
  const identity = { user: { id: as.userId }, password: as.password };
  return {
    ...cloud,
    access: { ...access, options: { ...access.options, identity, project: { id: as.projectId } } },
  };
}

/**
 * The same cloud, where another of its services is meant.
 * @param service its type in the catalog: `compute`
 * @throws CloudError where there is no identity service
 */
export function cloudService(cloud: Cloud, service: string): Cloud {
  const { access } = cloud;
  if (access.type !== 'keystone')
    throw new CloudError(`The cloud has no identity service: it has no catalog to find ${service} in.`);
  return { ...cloud, access: { ...access, options: { ...access.options, service, endpoint: undefined } } };
}

/** How to reach one cloud, as its entry says. */
export interface Cloud {
  tls: TlsOptions;
  /** How to come to its network endpoint. */
  access:
    | { type: 'none'; endpoint: string; headers: Record<string, string> }
    | { type: 'keystone'; options: KeystoneOptions };
}

/** Where the file is looked for, in order: `$OS_CLIENT_CONFIG_FILE` alone when it is set. */
export function cloudsFiles(env: NodeJS.ProcessEnv): string[] {
  if (env.OS_CLIENT_CONFIG_FILE) return [env.OS_CLIENT_CONFIG_FILE];
  const configHome = env.XDG_CONFIG_HOME || join(homedir(), '.config');
  return ['clouds.yaml', join(configHome, 'openstack/clouds.yaml'), '/etc/openstack/clouds.yaml'];
}

/**
 * Reads the entry `name` of the first file that there is.
 * @throws CloudError
 */
export function loadCloud(name: string, env: NodeJS.ProcessEnv = process.env): Cloud {
  const files = cloudsFiles(env);
  for (const file of files) {
    const content = readIfThere(file);
    if (content !== undefined) return parseCloud(content, name, file);
  }
  throw new CloudError(`Cloud ${name} is unknown: there is no ${files.join(', ')}.`);
}

/** Words of the environment that stand beside the entry's section `auth`, not in it. */
const BESIDE_AUTH = new Set([
  ...['auth_type', 'region_name', 'interface', 'cacert', 'cert', 'key'],
  ...['endpoint_override', 'network_endpoint_override'],
]);

/**
 * The cloud that `OS_AUTH_URL` and the like name: by `OS_CLOUD` in the file, or altogether.
 * @returns undefined when the environment names none
 * @throws CloudError
 */
export function cloudFromEnvironment(env: NodeJS.ProcessEnv): Cloud | undefined {
  if (env.OS_CLOUD) return loadCloud(env.OS_CLOUD, env);
  if (!env.OS_AUTH_URL && !env.OS_ENDPOINT) return undefined;
  const auth: Record<string, unknown> = {};
  const entry: Record<string, unknown> = { auth };
  for (const [variable, value] of Object.entries(env)) {
    const word = /^OS_([A-Z_]+)$/.exec(variable)?.[1]?.toLowerCase();
    if (word !== undefined && value !== undefined && value !== '')
      (BESIDE_AUTH.has(word) ? entry : auth)[word] = value;
  }
  entry.auth_type ??= usualAuthType(auth);
  const reader = new Entry(entry, 'environment: OS_*');
  return { tls: tlsOf(reader), access: accessOf(reader) };
}

function usualAuthType(auth: Record<string, unknown>): string {
  if (auth.application_credential_secret !== undefined) return 'v3applicationcredential';
  if (auth.auth_url === undefined) return 'none';
  return auth.token === undefined ? 'password' : 'token';
}

/** The transport and session of a cloud. */
export function openCloud(
  cloud: Cloud,
  options: Omit<TransportOptions, 'tls'> = {},
): { transport: Transport; session: Session } {
  const transport = new Transport({ ...options, tls: cloud.tls });
  const { access } = cloud;
  const session =
    access.type === 'none'
      ? fixedSession(access.endpoint, access.headers)
      : keystoneSession(transport, access.options);
  return { transport, session };
}

/** Reads the entry `name` of a file's content; `file` is for messages. Reads the PEM files that the entry names. */
export function parseCloud(content: string, name: string, file: string): Cloud {
  const document: unknown = parseYaml(content);
  const clouds = isRecord(document) && isRecord(document.clouds) ? document.clouds : {};
  const entry = clouds[name];
  if (!isRecord(entry)) {
    const known = Object.keys(clouds).join(', ') || 'none';
    throw new CloudError(`${file} has no cloud ${name}. It has: ${known}.`);
  }
  const reader = new Entry(entry, `${file}: clouds.${name}`);
  return { tls: tlsOf(reader), access: accessOf(reader) };
}

function accessOf(entry: Entry): Cloud['access'] {
  const auth = entry.section('auth');
  const override = entry.text('network_endpoint_override') ?? entry.text('endpoint_override');
  const type = entry.text('auth_type') ?? 'password';
  switch (type) {
    case 'none':
    case 'noauth':
      return { type: 'none', endpoint: override ?? auth.demand('endpoint'), headers: {} };
    case 'admin_token':
      return {
        type: 'none',
        endpoint: override ?? auth.demand('endpoint'),
        headers: { 'x-auth-token': auth.demand('token') },
      };
    case 'token':
    case 'v3token':
      return keystoneAccess(entry, auth, override, { token: auth.demand('token') });
    case 'v3applicationcredential':
      return keystoneAccess(entry, auth, override, { applicationCredential: credentialOf(auth) });
    case 'password':
    case 'v3password':
      return keystoneAccess(entry, auth, override, {
        user: auth.named('user', true) ?? { name: auth.demand('username') },
        password: auth.demand('password'),
      });
    default:
      throw new CloudError(
        `${entry.place}.auth_type is ${type}. Known: none, admin_token, password, v3password, token, v3token, v3applicationcredential.`,
      );
  }
}

function credentialOf(auth: Entry): ApplicationCredential {
  const secret = auth.demand('application_credential_secret');
  const id = auth.text('application_credential_id');
  if (id !== undefined) return { id, secret };
  const user = auth.named('user', true) ?? { name: auth.demand('username') };
  return { name: auth.demand('application_credential_name'), user, secret };
}

function keystoneAccess(
  entry: Entry,
  auth: Entry,
  endpoint: string | undefined,
  identity: KeystoneOptions['identity'],
): Cloud['access'] {
  return {
    type: 'keystone',
    options: {
      authUrl: auth.demand('auth_url'),
      identity,
      project: auth.named('project', false),
      region: entry.text('region_name'),
      interface: (entry.text('interface') ?? 'public').replace(/URL$/, ''),
      endpoint,
    },
  };
}

function tlsOf(entry: Entry): TlsOptions {
  return {
    ca: entry.file('cacert'),
    cert: entry.file('cert'),
    key: entry.file('key'),
    verify: entry.boolean('verify'),
  };
}

/** A mapping in the file, read key by key, with messages that say where. */
class Entry {
  readonly place: string;
  readonly #values: Record<string, unknown>;

  constructor(values: Record<string, unknown>, place: string) {
    this.#values = values;
    this.place = place;
  }

  section(key: string): Entry {
    const value = this.#values[key] ?? {};
    if (!isRecord(value)) throw this.#wrong(key, 'a mapping');
    return new Entry(value, `${this.place}.${key}`);
  }

  text(key: string): string | undefined {
    const value = this.#values[key];
    if (value === undefined || value === null) return undefined;
    // A password or name of digits alone is a number to YAML.
    if (typeof value === 'number') return String(value);
    if (typeof value !== 'string') throw this.#wrong(key, 'a text');
    return value;
  }

  demand(key: string): string {
    const value = this.text(key);
    if (value === undefined) throw new CloudError(`${this.place}.${key} is missing.`);
    return value;
  }

  boolean(key: string): boolean | undefined {
    const value = this.#values[key];
    if (value !== undefined && typeof value !== 'boolean') throw this.#wrong(key, 'true or false');
    return value;
  }

  /** The content of the file whose path is under `key`. */
  file(key: string): string | undefined {
    const path = this.text(key);
    if (path === undefined) return undefined;
    const content = readIfThere(path.replace(/^~(?=\/)/, homedir()));
    if (content === undefined) throw new CloudError(`${this.place}.${key}: there is no file ${path}.`);
    return content;
  }

  /** `user_id` or `username`, `project_id` or `project_name`, the latter with its domain. */
  named(kind: 'user' | 'project', demanded: boolean): KeystoneName | undefined {
    const id = this.text(`${kind}_id`);
    if (id !== undefined) return { id };
    const nameKey = kind === 'user' ? 'username' : 'project_name';
    const name = demanded ? this.demand(nameKey) : this.text(nameKey);
    if (name === undefined) return undefined;
    const domainId = this.text(`${kind}_domain_id`) ?? this.text('domain_id');
    if (domainId !== undefined) return { name, domain: { id: domainId } };
    return {
      name,
      domain: { name: this.text(`${kind}_domain_name`) ?? this.text('domain_name') ?? 'Default' },
    };
  }

  #wrong(key: string, expected: string): CloudError {
    return new CloudError(`${this.place}.${key} must be ${expected}.`);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new CloudError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
