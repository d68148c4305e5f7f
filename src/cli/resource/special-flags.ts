/**
 * Where the `openstack` command's flags do not follow from one attribute each: a router's gateway is one attribute
 * and six flags, a rule's ports are two attributes and one flag, a subnet's IP version follows from its prefix.
 */

import { IPV6_ONLY, PREFIX_DELEGATION, type ResourceName } from '../../resources/definitions.ts';
import { UsageError } from '../errors.ts';
import { noPublicKey, publicKeyFile, publicKeyName, userDataFile } from './file-flags.ts';
import { type Body, type Flag, isObject } from './flag.ts';
import { readerOf, readInteger } from './values.ts';

export type FlagVerb = 'create' | 'set' | 'unset' | 'list';

export interface Special {
  /** Attributes whose own flags these replace. */
  readonly replaces: readonly string[];
  readonly flags: readonly Flag[];
  /**
   * Fills in what other flags imply.
   * @throws UsageError when flags do not go together
   */
  complete?(body: Body): Body;
}

/** Reads `subnet=…,ip-address=…`. */
export const fixedIpKeys = readerOf(
  {
    kind: 'object',
    nullable: false,
    members: {
      subnet_id: { shape: { kind: 'text', nullable: false }, required: false },
      ip_address: { shape: { kind: 'text', nullable: false }, required: false },
    },
  },
  { members: { subnet_id: { key: 'subnet', reference: 'subnet' } } },
);

const gatewayFlags: readonly Flag[] = [
  {
    name: 'external-gateway',
    placeholder: 'network',
    doc: 'The external network.',
    body: async (text, lookup) => ({
      external_gateway_info: { network_id: await lookup.idOf('network', text) },
    }),
  },
  {
    name: 'fixed-ip',
    placeholder: 'subnet=…,ip-address=…',
    repeatable: true,
    doc: 'An address on the external network.',
    body: async (text, lookup) => ({
      external_gateway_info: { external_fixed_ips: [await fixedIpKeys('fixed-ip', text, lookup)] },
    }),
  },
  {
    name: 'enable-snat',
    doc: 'Translate IPv4 sources to the gateway address.',
    body: () => ({ external_gateway_info: { enable_snat: true } }),
  },
  {
    name: 'disable-snat',
    doc: 'The opposite of --enable-snat.',
    body: () => ({ external_gateway_info: { enable_snat: false } }),
  },
  {
    name: 'qos-policy',
    placeholder: 'policy',
    doc: 'The QoS policy of all that passes the gateway.',
    body: async (text, lookup) => ({
      external_gateway_info: { qos_policy_id: await lookup.idOf('policy', text) },
    }),
  },
  {
    name: 'no-qos-policy',
    doc: 'No QoS policy of the gateway.',
    body: () => ({ external_gateway_info: { qos_policy_id: null } }),
  },
];

const gateway: Special = {
  replaces: ['external_gateway_info'],
  flags: gatewayFlags,
  complete(body) {
    const gatewayInfo = body.external_gateway_info;
    if (isObject(gatewayInfo) && gatewayInfo.network_id === undefined) {
      throw new UsageError(
        '--fixed-ip, --enable-snat, --disable-snat and --qos-policy need --external-gateway beside them',
      );
    }
    return body;
  },
};

const rulePorts: readonly Flag[] = [
  {
    name: 'dst-port',
    placeholder: 'port|first:last',
    doc: 'Destination port, or the first and last of a range: 8000:8080.',
    body(text, lookup) {
      const [first = '', last = first, ...more] = text.split(':');
      if (more.length > 0) throw new UsageError(`--dst-port takes PORT or FIRST:LAST, not "${text}"`);
      return {
        port_range_min: readInteger('dst-port', first, lookup),
        port_range_max: readInteger('dst-port', last, lookup),
      };
    },
  },
  {
    name: 'icmp-type',
    placeholder: 'number',
    doc: 'ICMP or ICMPv6 type.',
    body: (text, lookup) => ({ port_range_min: readInteger('icmp-type', text, lookup) }),
  },
  {
    name: 'icmp-code',
    placeholder: 'number',
    doc: 'ICMP or ICMPv6 code.',
    body: (text, lookup) => ({ port_range_max: readInteger('icmp-code', text, lookup) }),
  },
];

const ruleProtocol: Flag = {
  name: 'protocol',
  placeholder: 'protocol',
  choices: ['tcp', 'udp', 'icmp', 'ipv6-icmp', 'sctp', 'any'],
  doc: 'The protocol by name or number; any for all, the default.',
  body: (text) => ({ protocol: text === 'any' ? null : text }),
};

const ruleEthertype: Flag = {
  name: 'ethertype',
  placeholder: 'IPv4|IPv6',
  choices: ['IPv4', 'IPv6'],
  doc: 'The address family; left out, what protocol and prefix mean, or else IPv4.',
  body: (text) => ({ ethertype: ETHERTYPES.get(text.toLowerCase()) ?? text }),
};

const ETHERTYPES = new Map([
  ['ipv4', 'IPv4'],
  ['ipv6', 'IPv6'],
]);

/** A new rule is for what comes in, and of the family of its protocol and prefix. */
function completeRule(body: Body): Body {
  const { protocol, remote_ip_prefix: prefix } = body;
  const isIpv6 =
    (typeof protocol === 'string' && IPV6_ONLY.has(protocol)) ||
    (typeof prefix === 'string' && prefix.includes(':'));
  return { direction: 'ingress', ethertype: isIpv6 ? 'IPv6' : 'IPv4', ...body };
}

const ipVersion: Flag = {
  name: 'ip-version',
  placeholder: 'version',
  choices: ['4', '6'],
  doc: 'The address family. Left out: that of --subnet-range.',
  body: (text, lookup) => ({ ip_version: readInteger('ip-version', text, lookup) }),
};

const fromProvider: Flag = {
  name: 'use-prefix-delegation',
  doc: 'A provider delegates the prefix to the router, by DHCPv6.',
  body: () => ({ subnetpool_id: PREFIX_DELEGATION }),
};

const subnetGateway: Flag = {
  name: 'gateway',
  placeholder: 'address|auto|none',
  doc: 'The address of the router; a link-local one is fine. auto: the first address, the default.',
  body: (text) => (text === 'auto' ? {} : { gateway_ip: text === 'none' ? null : text }),
};

function completeSubnet(body: Body): Body {
  if (body.ip_version !== undefined) return body;
  if (typeof body.cidr !== 'string') throw new UsageError('Give --subnet-range or --ip-version.');
  return { ip_version: body.cidr.includes(':') ? 6 : 4, ...body };
}

const noNameservers: Flag = {
  name: 'no-dns-nameservers',
  doc: 'The same as --no-dns-nameserver.',
  clears: 'dns_nameservers',
  body: () => ({ dns_nameservers: [] }),
};

const portFilters: readonly Flag[] = [
  {
    name: 'device-id',
    placeholder: 'text',
    doc: 'The same as --device.',
    body: (text) => ({ device_id: text }),
  },
  {
    name: 'router',
    placeholder: 'router',
    doc: 'Ports of this router.',
    body: async (text, lookup) => ({ device_id: await lookup.idOf('router', text) }),
  },
  {
    name: 'security-group',
    placeholder: 'security-group',
    doc: 'Ports in this security group.',
    body: async (text, lookup) => ({ security_groups: [await lookup.idOf('security_group', text)] }),
  },
  {
    name: 'fixed-ip',
    placeholder: 'subnet=…,ip-address=…',
    repeatable: true,
    doc: 'Ports with an address in this subnet, or with this address.',
    async body(text, lookup) {
      const wanted = await fixedIpKeys('fixed-ip', text, lookup);
      return {
        fixed_ips: Object.entries(isObject(wanted) ? wanted : {}).map(([key, value]) => `${key}=${value}`),
      };
    },
  },
];

/** What flags that name a file give. */
const FROM_FILES = ['user_data', 'user_data_encoding', 'public_keys'];

/** A rule that is made, in a group or for those to come. */
const newRule: Special = {
  replaces: ['protocol', 'ethertype', 'port_range_min', 'port_range_max'],
  flags: [ruleProtocol, ruleEthertype, ...rulePorts],
  complete: completeRule,
};
const LISTED_RULES: Special = { replaces: ['port_range_min', 'port_range_max'], flags: [] };

const specials: { readonly [N in ResourceName]?: { readonly [V in FlagVerb]?: Special } } = {
  router: { create: gateway, set: gateway },
  subnet: {
    create: {
      replaces: ['ip_version', 'gateway_ip'],
      flags: [ipVersion, subnetGateway, fromProvider],
      complete: completeSubnet,
    },
    set: { replaces: [], flags: [noNameservers] },
  },
  port: { list: { replaces: [], flags: portFilters } },
  security_group_rule: { create: newRule, list: LISTED_RULES },
  default_security_group_rule: { create: newRule, list: LISTED_RULES },
  instance: {
    create: { replaces: FROM_FILES, flags: [userDataFile, publicKeyFile] },
    set: { replaces: FROM_FILES, flags: [userDataFile, publicKeyFile, noPublicKey] },
    unset: { replaces: ['public_keys', 'user_data_encoding'], flags: [publicKeyName] },
  },
};

/** The special flags of a command; most have none. */
export const specialFlags = (resource: ResourceName, verb: FlagVerb): Special =>
  specials[resource]?.[verb] ?? { replaces: [], flags: [] };
