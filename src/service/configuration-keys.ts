/** Every key of the configuration, once: where it stands, what it is when it is left out, and its check. */
import { resolve } from 'node:path';
import { definitions, type ResourceName, USUAL_QUOTAS } from '../resources/definitions.ts';
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

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface ConfigurationKey<T> {
  /** Path in the YAML file; the environment variable is SEXTANT_ and this in upper case with underscores. */
  readonly path: string;
  readonly doc: string;
  readonly preset: string;
  /** @throws Error with the reason */
  parse(text: string): T;
}

const key = <T>(
  path: string,
  preset: string,
  doc: string,
  parse: (text: string) => T,
): ConfigurationKey<T> => ({
  path,
  preset,
  doc,
  parse,
});
const asText = (text: string): string => text;

/** What is set one by one. */
export const keys = {
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

export type KeyName = keyof typeof keys;
/** What each comes to. */
export type KeyValues = { [K in KeyName]: ReturnType<(typeof keys)[K]['parse']> };

/** By the resource that each is of. */
export const quotaKeys = Object.entries(USUAL_QUOTAS).map(([name, usual]) => ({
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

/** Whose values no message tells. */
export const SECRETS: readonly KeyName[] = [
  'adminPassword',
  'keystonePassword',
  'metadataSecret',
  'novaPassword',
];

export function variableOf(path: string): string {
  return `SEXTANT_${path.toUpperCase().replaceAll('.', '_')}`;
}
