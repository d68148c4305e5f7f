/**
 * The service's configuration: one YAML file, environment variables over it, flags over those. Every key is declared
 * once, with its check; a key or value that is wrong is named, with the way out, before anything starts.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import type { Family } from '../addressing/index.ts';
import type { Encryption } from '../host-contract/index.ts';
import {
  allVlansOf,
  definitions,
  MINIMUM_IPV6_MTU,
  overheadOf,
  type ResourceName,
  type SegmentRange,
  UNLIMITED,
  USUAL_QUOTAS,
} from '../resources/index.ts';
import { parseSegmentRanges } from './segment-ranges.ts';
import {
  oneWordOf,
  parseDirectory,
  parseFamily,
  parseForwarders,
  parseListen,
  parseMtu,
  parseNames,
  parseOptionalAddress,
  parsePassword,
  parsePort,
  parseQuota,
  parseTokenSeconds,
  parseUrl,
} from './setting-values.ts';

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

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A configuration that cannot be used: the message says where, what and the way out. */
export class ConfigurationError extends Error {}

interface Key<T> {
  /** Path in the YAML file; the environment variable is SEXTANT_ and this in upper case with underscores. */
  readonly path: string;
  readonly doc: string;
  readonly preset: string;
  /** @throws Error with the reason */
  parse(text: string): T;
}

const key = <T>(path: string, preset: string, doc: string, parse: (text: string) => T): Key<T> => ({
  path,
  preset,
  doc,
  parse,
});
const asText = (text: string): string => text;

const keys = {
  listen: key('listen', '[::1]:9696', 'Address and port of the API.', parseListen),
  state: key('state', './.sextant', 'Directory for the database and the engine.', (text) => resolve(text)),
  logLevel: key('log.level', 'info', 'How much is logged.', oneWordOf(...LOG_LEVELS)),
  storeUrl: key(
    'store.url',
    '',
    'sqlite:PATH or postgres://...; empty: a SQLite file in the state directory.',
    asText,
  ),
  authMode: key(
    'auth.mode',
    'none',
    'none: whoever reaches the API may do anything, so it listens on loopback only; builtin: users sign in, as with Keystone; keystone: a Keystone elsewhere says whose tokens are.',
    oneWordOf('none', 'builtin', 'keystone'),
  ),
  adminPassword: key(
    'auth.admin_password',
    '',
    'Password of the first administrator, when auth.mode is builtin and the database is new; empty: one is made up and shown once, in the log.',
    parsePassword,
  ),
  tokenSeconds: key('auth.token_seconds', '3600', 'How long a token is good for.', parseTokenSeconds),
  keystoneUrl: key('auth.keystone.url', '', 'Where Keystone is: http://[ADDRESS]:5000/v3.', parseUrl),
  keystoneUser: key('auth.keystone.user', 'sextant', 'The user that this service is there.', asText),
  keystoneUserDomain: key('auth.keystone.user_domain', 'Default', 'Its domain, by name.', asText),
  keystonePassword: key('auth.keystone.password', '', 'Its password.', asText),
  keystoneProject: key(
    'auth.keystone.project',
    'service',
    'A project in which it has a role that may look at tokens: service or admin.',
    asText,
  ),
  keystoneProjectDomain: key(
    'auth.keystone.project_domain',
    'Default',
    'The project’s domain, by name.',
    asText,
  ),
  publicUrl: key(
    'auth.public_url',
    '',
    'URL that clients reach the service by, for the catalog: https://network.example.com:9696; empty: the one that each of them asks for.',
    parseUrl,
  ),
  physicalNetworks: key(
    'network.physical_networks',
    'physnet1',
    'Physical networks for VLAN and flat networks.',
    parseNames,
  ),
  mtu: key(
    'network.mtu',
    '1500',
    'MTU (bytes) of the physical networks and of the link between hosts.',
    parseMtu,
  ),
  underlayFamily: key(
    'network.overlay_ip_version',
    '',
    'Version of IP, 6 or 4, that tunnels between hosts run over: MTUs depend on it. Empty: that of hosts.listen, else 6.',
    parseFamily,
  ),
  segmentRanges: key(
    'network.segment_ranges',
    'geneve:1:16777215,vxlan:1:16777215,gre:1:4294967295',
    'Segmentation ids that networks are given: TYPE:FIRST:LAST, vlan:PHYSICAL_NETWORK:FIRST:LAST. A physical network that is not there has all VLANs.',
    parseSegmentRanges,
  ),
  engineMode: key(
    'engine.mode',
    'embedded',
    'embedded: private OVN processes; external: an OVN deployment.',
    oneWordOf('embedded', 'external'),
  ),
  engineNamespace: key(
    'engine.namespace',
    'own',
    'own: the switch has a network namespace of its own; host: it is in the machine’s.',
    oneWordOf('own', 'host'),
  ),
  enginePrograms: key(
    'engine.programs',
    '/usr',
    'Prefix of the embedded engine’s OVN and Open vSwitch: programs in its bin and sbin, schemas in its share/ovn and share/openvswitch.',
    parseDirectory,
  ),
  encryption: key(
    'engine.encryption',
    'none',
    'ipsec: what hosts send each other by tunnels is encrypted, and nothing passes that is not; none: it passes as it is.',
    oneWordOf('none', 'ipsec'),
  ),
  northbound: key(
    'engine.northbound',
    '',
    'OVSDB remotes of an external northbound database: tcp:[ADDRESS]:6641,...',
    asText,
  ),
  tlsKey: key('engine.tls.key', '', 'Private key file (PEM) for ssl: remotes.', asText),
  tlsCertificate: key('engine.tls.certificate', '', 'Certificate file (PEM) for ssl: remotes.', asText),
  tlsCa: key(
    'engine.tls.ca',
    '',
    'File (PEM) of the authority that signed the database’s certificate.',
    asText,
  ),
  hostSocket: key(
    'host.socket',
    '',
    'Unix socket for sextant host; empty: beside those of the embedded engine, /run/sextant/host-api.sock with an external one.',
    asText,
  ),
  hostsListen: key(
    'hosts.listen',
    '',
    'Address and port, [2001:db8::1]:9697, on which hosts on other machines join and are answered over TLS; empty: there are none.',
    (text) => (text === '' ? undefined : parseListen(text)),
  ),
  hostsSouthboundPort: key(
    'hosts.southbound_port',
    '6642',
    'Port of OVN’s southbound database for them, on the same address.',
    parsePort,
  ),
  hostsTunnelAddress: key(
    'hosts.tunnel_address',
    '',
    'Address of this machine on which tunnels from them end, where engine.namespace is host; empty: instances on this machine are reached on it alone.',
    parseOptionalAddress,
  ),
  hostsNamespace: key(
    'hosts.namespace',
    '',
    'Network namespace in which they are listened for; empty: the machine’s.',
    asText,
  ),
  metadataUrl: key(
    'metadata.url',
    '',
    'Nova’s metadata API, http://[ADDRESS]:8775; empty: Sextant itself tells instances their metadata.',
    parseUrl,
  ),
  metadataSecret: key('metadata.secret', '', 'What Nova has as metadata_proxy_shared_secret.', asText),
  novaUrl: key(
    'nova.url',
    '',
    'Nova’s API, http://[ADDRESS]:8774/v2.1, which is told what becomes of ports; catalog: as identity’s catalog says; empty: nobody is told.',
    (text) => (text === 'catalog' ? text : parseUrl(text)),
  ),
  novaRegion: key('nova.region', '', 'Nova’s region in the catalog; empty: any.', asText),
  novaUser: key('nova.user', 'sextant', 'The user that Nova is told by, with auth.mode builtin.', asText),
  novaPassword: key('nova.password', '', 'Its password.', asText),
  novaProject: key('nova.project', 'service', 'The project that its token is for, by name.', asText),
  dnsForwarders: key(
    'dns.forwarders',
    '',
    'DNS servers, by address, that hosts pass instances’ questions on to; machine: those of the host (/etc/resolv.conf); empty: nothing is passed on.',
    parseForwarders,
  ),
} as const;

type KeyName = keyof typeof keys;
type Parsed = { [K in KeyName]: ReturnType<(typeof keys)[K]['parse']> };

/** By the resource that each is of. */
const quotaKeys = Object.entries(USUAL_QUOTAS).map(([name, usual]) => ({
  name,
  ...key(
    `quota.${name}`,
    '',
    `How many ${definitions[name as ResourceName].collection.replaceAll('_', ' ')} a project may have; -1: any number. Empty: ${usual}, or any number where auth.mode is none.`,
    parseQuota,
  ),
}));

/** Path, environment variable, default and documentation of every key, for help texts and the docs. */
export const configurationKeys = [...Object.values(keys), ...quotaKeys].map(({ path, preset, doc }) => ({
  path,
  variable: variableOf(path),
  preset,
  doc,
}));

const SECRETS: readonly KeyName[] = ['adminPassword', 'keystonePassword', 'metadataSecret', 'novaPassword'];

function variableOf(path: string): string {
  return `SEXTANT_${path.toUpperCase().replaceAll('.', '_')}`;
}

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
  const readKey = <T>({ path, preset, parse }: Key<T>, flag?: string, isSecret = false): T => {
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
  const read = <K extends KeyName>(name: K): Parsed[K] =>
    readKey(keys[name] as Key<Parsed[K]>, flags[name], SECRETS.includes(name));
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

function readNetwork(read: <K extends KeyName>(name: K) => Parsed[K]): Configuration['network'] {
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

function readKeystone(read: <K extends KeyName>(name: K) => Parsed[K]): KeystoneSettings {
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

function readMetadata(read: <K extends KeyName>(name: K) => Parsed[K]): Configuration['metadata'] {
  const [url, secret] = [read('metadataUrl'), read('metadataSecret')];
  if (url === '') return undefined;
  if (secret === '') {
    throw new ConfigurationError(
      'metadata.secret: it must be given with metadata.url, as Nova has it in metadata_proxy_shared_secret.',
    );
  }
  return { url, secret };
}

function readNova(read: <K extends KeyName>(name: K) => Parsed[K]): Configuration['nova'] {
  const [url, password, mode] = [read('novaUrl'), read('novaPassword'), read('authMode')];
  if (url === '') return undefined;
  if (mode === 'builtin' && password === '')
    throw new ConfigurationError('nova.password: it must be given with nova.url when auth.mode is builtin.');
  if (mode === 'none' && url === 'catalog')
    throw new ConfigurationError('nova.url: there is no catalog with auth.mode none: give an URL.');
  return { url, password, region: read('novaRegion'), user: read('novaUser'), project: read('novaProject') };
}

function readHosts(read: <K extends KeyName>(name: K) => Parsed[K]): Configuration['hosts'] {
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

function readEncryption(read: <K extends KeyName>(name: K) => Parsed[K]): Encryption {
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
  read: <K extends KeyName>(name: K) => Parsed[K],
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
