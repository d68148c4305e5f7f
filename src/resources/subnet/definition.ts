/** Subnets in the API: their attributes. */
import {
  address,
  boolean,
  domainName,
  integer,
  ipVersion,
  list,
  nullable,
  object,
  oneOf,
  prefix,
  text,
  uuid,
} from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';

const ipv6Mode = nullable(oneOf('slaac', 'dhcpv6-stateful', 'dhcpv6-stateless'));

/** `ipv6_ra_mode` and `ipv6_address_mode`. */
export type Ipv6Mode = 'slaac' | 'dhcpv6-stateful' | 'dhcpv6-stateless';

/** Of 31 bits: 68 years, and a column's integer on every database. */
const MAXIMUM_LIFETIME = 0x7fff_ffff;

export const subnet = define({
  name: 'subnet',
  collection: 'subnets',
  path: 'subnets',
  title: 'Subnet',
  doc: 'A prefix on a network, and how ports get addresses in it.',
  extensions: [
    { alias: 'subnet-service-types', name: 'Subnet service types', description: 'service_types of subnets.' },
  ],
  attributes: {
    ...identity,
    ...ownership,
    network_id: {
      type: uuid,
      doc: 'The network that it is on.',
      create: 'member',
      required: true,
      reference: 'network',
      link: true,
      flag: 'network',
      title: 'Network',
    },
    ip_version: {
      type: ipVersion,
      doc: 'The address family.',
      create: 'member',
      required: true,
      title: 'IP Version',
    },
    cidr: {
      type: prefix,
      doc: 'The prefix. SLAAC and stateless subnets need a /64 (RFC 4862 section 5.5.3).',
      create: 'member',
      flag: 'subnet-range',
      title: 'Subnet',
    },
    gateway_ip: {
      type: nullable(address),
      doc: 'The address of the router; link-local is fine; null for none. Left out: the first address.',
      create: 'member',
      update: 'member',
      flag: 'gateway',
      title: 'Gateway',
    },
    enable_dhcp: {
      type: boolean,
      doc: 'Whether addresses are served to ports.',
      create: 'member',
      update: 'member',
      default: true,
      flags: ['dhcp', 'no-dhcp'],
      title: 'DHCP',
    },
    ipv6_ra_mode: {
      type: ipv6Mode,
      doc: 'What router advertisements say, sent by the router of this service; null: none are sent.',
      create: 'member',
      default: null,
      title: 'IPv6 RA Mode',
    },
    ipv6_address_mode: {
      type: ipv6Mode,
      doc: 'How ports get addresses; null: as ipv6_ra_mode says, or from elsewhere.',
      create: 'member',
      default: null,
      title: 'IPv6 Address Mode',
    },
    allocation_pools: {
      type: list(object({ start: address, end: address }, {})),
      doc: 'Ranges that addresses are taken from. Left out: all but the gateway.',
      create: 'member',
      update: 'member',
      flag: 'allocation-pool',
      title: 'Allocation Pools',
    },
    host_routes: {
      type: list(object({ destination: prefix, nexthop: address }, {}), 100),
      doc: 'Routes told to instances.',
      create: 'member',
      update: 'member',
      default: [],
      flag: 'host-route',
      members: { nexthop: { key: 'gateway' } },
      title: 'Host Routes',
    },
    dns_nameservers: {
      type: list(address, 20),
      doc: "DNS servers told to instances, in order. Left out: the host's own, over IPv6 if ipv6_ra_mode is set; '::' or '0.0.0.0': none.",
      create: 'member',
      update: 'member',
      default: [],
      flag: 'dns-nameserver',
      title: 'Name Servers',
    },
    dns_search_domains: {
      type: list(domainName, 10),
      doc: "Domains that instances search, told by RA and DHCPv6, in order; empty: the network's dns_domain.",
      create: 'member',
      update: 'member',
      default: [],
      flag: 'dns-search-domain',
      title: 'DNS Search Domains',
    },
    preferred_lifetime: {
      type: nullable(integer(0, MAXIMUM_LIFETIME)),
      doc: 'Seconds that instances prefer its addresses, by RA and DHCPv6; null: 12 hours of DHCPv6, for ever of SLAAC.',
      create: 'member',
      update: 'member',
      default: null,
    },
    valid_lifetime: {
      type: nullable(integer(1, MAXIMUM_LIFETIME)),
      doc: 'Seconds that instances use its addresses, by RA and DHCPv6; null: a day of DHCPv6, for ever of SLAAC.',
      create: 'member',
      update: 'member',
      default: null,
    },
    ra_router_lifetime: {
      type: nullable(integer(0, 65_535)),
      doc: 'Seconds that instances take the router for a default router; 0: it is none; null: as long as is usual.',
      create: 'member',
      update: 'member',
      default: null,
      title: 'RA Router Lifetime',
    },
    ra_router_preference: {
      type: oneOf('high', 'medium', 'low'),
      doc: 'Preference of the router among the default routers of instances (RFC 4191).',
      create: 'member',
      update: 'member',
      default: 'medium',
      title: 'RA Router Preference',
    },
    pref64: {
      type: nullable(prefix),
      doc: 'The prefix of a NAT64, told by RA (RFC 8781): /32, /40, /48, /56, /64 or /96.',
      create: 'member',
      update: 'member',
      default: null,
      title: 'PREF64',
    },
    service_types: {
      type: list(text(255), 50),
      doc: 'Device owners that this subnet is for; empty: all.',
      create: 'member',
      update: 'member',
      default: [],
      flag: 'service-type',
    },
    subnetpool_id: {
      type: nullable(text(36)),
      doc: 'The pool that the prefix was taken from.',
      see: 'member',
    },
    segment_id: { type: nullable(uuid), doc: 'The segment that it is on.' },
    ...bookkeeping,
  },
  columns: ['id', 'name', 'network_id', 'cidr'],
  longColumns: [
    'id',
    'name',
    'network_id',
    'cidr',
    'project_id',
    'enable_dhcp',
    'dns_nameservers',
    'allocation_pools',
    'host_routes',
    'ip_version',
    'gateway_ip',
    'service_types',
    'tags',
  ],
});

export type Subnet = ResourceOf<typeof subnet>;
export type SubnetCreate = CreateOf<typeof subnet>;
export type SubnetUpdate = UpdateOf<typeof subnet>;
