/**
 * The service's configuration: one YAML file, environment variables over it, flags over those. A key or value that is
 * wrong is named, with the way out, before anything starts.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Family } from '../addressing/index.ts';
import { parseYaml } from '../base/yaml.ts';
import type { Encryption } from '../host-contract/index.ts';
import {
  allVlansOf,
  MINIMUM_IPV6_MTU,
  overheadOf,
  type ResourceName,
  type SegmentRange,
  UNLIMITED,
  USUAL_QUOTAS,
} from '../resources/definitions.ts';
import {
  type ConfigurationKey,
  configurationKeys,
  type KeyName,
  type KeyValues,
  keys,
  type LogLevel,
  quotaKeys,
  SECRETS,
  variableOf,
} from './configuration-keys.ts';

/** Where a Keystone is, and as whom this service asks it. */
export interface KeystoneSettings {
  readonly url: string;
  readonly user: string;
  readonly userDomain: string;
  readonly password: string;
  readonly project: string;
  readonly projectDomain: string;
}

export interface NovaSettings {
  /** `catalog` for the one in identity's catalog. */
  readonly url: string;
  readonly region: string;
  /** With a password, whose token Nova gets where no Keystone is configured. */
  readonly user: string;
  readonly password: string;
  readonly project: string;
}

export interface Configuration {
  /** Where the API listens. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Directory for what must outlive the service. */
  readonly stateDir: string;
  readonly logLevel: LogLevel;
  readonly storeUrl: string;
  readonly authMode: 'none' | 'builtin' | 'keystone';
  /** How users sign in, where `authMode` is `builtin`. */
  readonly auth: {
    /** The first administrator's password; undefined for one that is made up. */
    readonly adminPassword: string | undefined;
    readonly tokenSeconds: number;
    /** URL that clients reach the service by; empty for the one that each of them asks for. */
    readonly publicUrl: string;
    /** The Keystone that says whose tokens are, where `authMode` is `keystone`. */
    readonly keystone: KeystoneSettings | undefined;
  };
  readonly network: {
    readonly physicalNetworks: readonly string[];
    readonly mtu: number;
    /** Of the addresses between which tunnels are. */
    readonly underlayFamily: Family;
    readonly segmentRanges: readonly SegmentRange[];
  };
  /** How many of each resource a project may have; negative for any number. */
  readonly quotas: Readonly<Record<string, number>>;
  readonly engine: {
    readonly mode: 'embedded' | 'external';
    readonly namespace: 'own' | 'host';
    /** Whether an embedded engine and its host process go on when the service ends. */
    readonly outlives: boolean;
    /** Prefix of the programs and schemas of an embedded engine. */
    readonly programs: string;
    /** Of tunnels between hosts. */
    readonly encryption: Encryption;
    /** Remotes of an external northbound database. */
    readonly northbound: string;
    readonly tls:
      | { readonly privateKey: string; readonly certificate: string; readonly caCertificate: string }
      | undefined;
  };
  /** Nova's metadata API, for deployments with Nova; undefined for Sextant's own metadata. */
  /** Unix socket on which hosts are answered; empty for the usual one. */
  readonly hostSocket: string;
  /** Where hosts on other machines are listened for; undefined for nowhere. */
  readonly hosts:
    | {
        readonly address: string;
        readonly port: number;
        readonly southboundPort: number;
        /** Network namespace in which it is listened; null is the machine's. */
        readonly namespace: string | null;
        /** Where the tunnels of this machine's own chassis end; undefined when it has none. */
        readonly tunnelAddress: string | undefined;
      }
    | undefined;
  readonly metadata: { readonly url: string; readonly secret: string } | undefined;
  /** Where Nova is told of ports; undefined for nowhere. */
  readonly nova: NovaSettings | undefined;
  /** Addresses of the DNS servers that instances' questions are passed on to; `machine` for the host's own. */
  readonly dnsForwarders: readonly string[] | 'machine';
}

/** A configuration that cannot be used: the message says where, what and the way out. */
export class ConfigurationError extends Error {}

/** The leaves of a YAML document by path; lists become comma separated text. */
function flatten(value: unknown, path: string, into: Map<string, string>): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [name, member] of Object.entries(value))
      flatten(member, path ? `${path}.${name}` : name, into);
  } else if (value !== null && value !== undefined)
    into.set(path, Array.isArray(value) ? value.join(',') : String(value));
}

function readFile(file: string): Map<string, string> {
  const values = new Map<string, string>();
  let document: unknown;
  try {
    document = parseYaml(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigurationError(`${file}: ${error instanceof Error ? error.message : error}`);
  }
  if (document === null || document === undefined) return values;
  if (typeof document !== 'object' || Array.isArray(document))
    throw new ConfigurationError(`${file}: it must hold keys and values.`);
  flatten(document, '', values);
  const known = configurationKeys.map(({ path }) => path);
  for (const path of values.keys()) {
    if (!known.includes(path))
      throw new ConfigurationError(`${file}: unknown key '${path}'. Known: ${known.join(', ')}.`);
  }
  return values;
}

/** Flags of `sextant serve`, as far as they were given. */
export interface Overrides {
  readonly config?: string | undefined;
  readonly listen?: string | undefined;
  readonly state?: string | undefined;
  readonly logLevel?: string | undefined;
  /** Whether OVN and the host process end with the service. */
  readonly endTogether?: boolean | undefined;
}

const isLoopback = (host: string): boolean => host === '::1' || host === 'localhost' || /^127\./.test(host);

/**
 * @param environment for instance `process.env`
 * @throws ConfigurationError
 */
export function loadConfiguration(overrides: Overrides, environment: NodeJS.ProcessEnv): Configuration {
  const file = overrides.config;
  const fromFile = file === undefined ? new Map<string, string>() : readFile(file);
  const flags: Partial<Record<KeyName, string | undefined>> = {
    listen: overrides.listen,
    state: overrides.state,
    logLevel: overrides.logLevel,
  };
  const readKey = <T>({ path, preset, parse }: ConfigurationKey<T>, flag?: string, isSecret = false): T => {
    const variable = variableOf(path);
    const sources: [where: string, text: string | undefined][] = [
      [`--${path.replace('.', '-')}`, flag],
      [variable, environment[variable]],
      [`${file}: ${path}`, fromFile.get(path)],
      [path, preset],
    ];
    const [where, text] = sources.find(([, candidate]) => candidate !== undefined) ?? [path, preset];
    try {
      return parse(text ?? preset);
    } catch (error) {
      throw new ConfigurationError(
        `${where}: '${isSecret ? '...' : text}' cannot be used: ${error instanceof Error ? error.message : error}.`,
      );
    }
  };
  const read = <K extends KeyName>(name: K): KeyValues[K] =>
    readKey(keys[name] as ConfigurationKey<KeyValues[K]>, flags[name], SECRETS.includes(name));
  const stateDir = read('state');
  const listen = read('listen');
  const authMode = read('authMode');
  if (authMode === 'none' && !isLoopback(listen.host)) {
    throw new ConfigurationError(
      `listen: '${listen.host}' is not loopback, and auth.mode none lets anyone in. Use [::1] or 127.0.0.1, or auth.mode builtin.`,
    );
  }
  return {
    listen,
    stateDir,
    logLevel: read('logLevel'),
    storeUrl: read('storeUrl') || `sqlite:${join(stateDir, 'sextant.db')}`,
    authMode,
    auth: {
      adminPassword: read('adminPassword') || undefined,
      tokenSeconds: read('tokenSeconds'),
      publicUrl: read('publicUrl'),
      keystone: authMode === 'keystone' ? readKeystone(read) : undefined,
    },
    network: readNetwork(read),
    quotas: Object.fromEntries(
      quotaKeys.map((one) => [
        one.name,
        readKey(one) ?? (authMode === 'none' ? UNLIMITED : USUAL_QUOTAS[one.name as ResourceName]!),
      ]),
    ),
    engine: { ...readEngine(read), outlives: !overrides.endTogether },
    hostSocket: read('hostSocket'),
    hosts: readHosts(read),
    metadata: readMetadata(read),
    nova: readNova(read),
    dnsForwarders: read('dnsForwarders'),
  };
}

function readNetwork(read: <K extends KeyName>(name: K) => KeyValues[K]): Configuration['network'] {
  const [physicalNetworks, segmentRanges] = [read('physicalNetworks'), read('segmentRanges')];
  const unknown = segmentRanges.find(
    ({ physicalNetwork }) => physicalNetwork !== null && !physicalNetworks.includes(physicalNetwork),
  );
  if (unknown !== undefined) {
    throw new ConfigurationError(
      `network.segment_ranges: '${unknown.physicalNetwork}' is not in network.physical_networks: ${physicalNetworks.join(', ')}.`,
    );
  }
  const listen = read('hostsListen');
  return {
    physicalNetworks,
    mtu: read('mtu'),
    underlayFamily: read('underlayFamily') ?? (listen !== undefined && isIP(listen.host) === 4 ? 4 : 6),
    segmentRanges: [
      ...segmentRanges,
      ...physicalNetworks
        .filter((name) => !segmentRanges.some(({ physicalNetwork }) => physicalNetwork === name))
        .map((name) => allVlansOf(name)),
    ],
  };
}

function readKeystone(read: <K extends KeyName>(name: K) => KeyValues[K]): KeystoneSettings {
  const [url, password] = [read('keystoneUrl'), read('keystonePassword')];
  for (const [name, value] of Object.entries({ url, password }))
    if (value === '')
      throw new ConfigurationError(`auth.keystone.${name}: it must be given when auth.mode is keystone.`);
  return {
    url,
    password,
    user: read('keystoneUser'),
    userDomain: read('keystoneUserDomain'),
    project: read('keystoneProject'),
    projectDomain: read('keystoneProjectDomain'),
  };
}

function readMetadata(read: <K extends KeyName>(name: K) => KeyValues[K]): Configuration['metadata'] {
  const [url, secret] = [read('metadataUrl'), read('metadataSecret')];
  if (url === '') return undefined;
  if (secret === '') {
    throw new ConfigurationError(
      'metadata.secret: it must be given with metadata.url, as Nova has it in metadata_proxy_shared_secret.',
    );
  }
  return { url, secret };
}

function readNova(read: <K extends KeyName>(name: K) => KeyValues[K]): Configuration['nova'] {
  const [url, password, mode] = [read('novaUrl'), read('novaPassword'), read('authMode')];
  if (url === '') return undefined;
  if (mode === 'builtin' && password === '')
    throw new ConfigurationError('nova.password: it must be given with nova.url when auth.mode is builtin.');
  if (mode === 'none' && url === 'catalog')
    throw new ConfigurationError('nova.url: there is no catalog with auth.mode none: give an URL.');
  return { url, password, region: read('novaRegion'), user: read('novaUser'), project: read('novaProject') };
}

function readHosts(read: <K extends KeyName>(name: K) => KeyValues[K]): Configuration['hosts'] {
  const listen = read('hostsListen');
  if (listen === undefined) return undefined;
  if (read('engineMode') === 'external') {
    throw new ConfigurationError(
      'hosts.listen: the hosts of an external engine are whoever’s that is. Leave it out, or use the embedded engine.',
    );
  }
  const tunnelAddress = read('hostsTunnelAddress');
  if (tunnelAddress !== undefined && read('engineNamespace') === 'own') {
    throw new ConfigurationError(
      'hosts.tunnel_address: nothing reaches a switch in a network namespace of its own. Set engine.namespace: host, or leave it out.',
    );
  }
  return {
    address: listen.host,
    port: listen.port,
    southboundPort: read('hostsSouthboundPort'),
    namespace: read('hostsNamespace') || null,
    tunnelAddress,
  };
}

/** What a host that this service starts must be told, as environment variables: a secret is in no command line. */
export const hostEnvironment = ({ metadata, dnsForwarders }: Configuration): Record<string, string> => ({
  [variableOf(keys.metadataUrl.path)]: metadata?.url ?? '',
  [variableOf(keys.metadataSecret.path)]: metadata?.secret ?? '',
  [variableOf(keys.dnsForwarders.path)]:
    typeof dnsForwarders === 'string' ? dnsForwarders : dnsForwarders.join(','),
});

function readEncryption(read: <K extends KeyName>(name: K) => KeyValues[K]): Encryption {
  const encryption = read('encryption');
  if (encryption === 'none') return encryption;
  if (read('engineMode') === 'external') {
    throw new ConfigurationError(
      'engine.encryption: hosts of an external engine have no certificates of this service’s by which they would know each other. Leave it out, and have that OVN encrypt its tunnels.',
    );
  }
  if (read('hostsListen') === undefined) {
    throw new ConfigurationError(
      'engine.encryption: there are no hosts whose tunnels it would be about. Give hosts.listen, or leave it out.',
    );
  }
  const least = MINIMUM_IPV6_MTU + overheadOf('geneve', 6, true);
  if (read('mtu') < least) {
    throw new ConfigurationError(
      `network.mtu: it must be ${least} at least with engine.encryption ipsec, so that ${MINIMUM_IPV6_MTU} bytes are left inside a tunnel (RFC 8200 section 5).`,
    );
  }
  if (read('hostsTunnelAddress') !== undefined) {
    throw new ConfigurationError(
      'engine.encryption: this machine’s own chassis has no certificate of a host. Leave hosts.tunnel_address and engine.namespace out, and have the machine join as a host.',
    );
  }
  return encryption;
}

function readEngine(
  read: <K extends KeyName>(name: K) => KeyValues[K],
): Omit<Configuration['engine'], 'outlives'> {
  const mode = read('engineMode');
  const northbound = read('northbound');
  if (mode === 'external' && northbound === '') {
    throw new ConfigurationError(
      'engine.northbound: it must name the databases when engine.mode is external: tcp:[2001:db8::1]:6641',
    );
  }
  const [privateKey, certificate, caCertificate] = [read('tlsKey'), read('tlsCertificate'), read('tlsCa')];
  const given = [privateKey, certificate, caCertificate].filter((file) => file !== '').length;
  if (given !== 0 && given !== 3) {
    throw new ConfigurationError('engine.tls: key, certificate and ca go together: give all three, or none.');
  }
  return {
    mode,
    namespace: read('engineNamespace'),
    programs: read('enginePrograms'),
    encryption: readEncryption(read),
    northbound,
    tls: given === 3 ? { privateKey, certificate, caCertificate } : undefined,
  };
}
