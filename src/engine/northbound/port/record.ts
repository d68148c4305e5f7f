/** What plans know of a port. */

import { Address, type Family, linkLocalAddress, Mac, Prefix } from '../../../addressing/index.ts';
import type {
  AnnouncedAddress,
  DelegationFacts,
  ExposedAddress,
  HealthCheckFacts,
  LearnedReset,
  PrefixTranslation,
  SubportFacts,
  TranslatedFloatingIp,
} from '../../../host-contract/index.ts';
import {
  type AddressPolicy,
  type HealthCheck,
  isHardware,
  ROUTER_GATEWAY,
  type RouterAsking,
} from '../../../resources/index.ts';
import { type Inside, insideOf } from '../egress-only/index.ts';
import { type FloatingIpRecord, floatingIpRecord } from '../floating-ip/index.ts';
import { type QosRuleRecord, qosRuleRecord } from '../qos.ts';
import { columnsOf, listIn, orNull, secondsOf } from '../records/columns.ts';
import { type FixedIpRecord, fixedIpsOf } from '../records/fixed-ips.ts';
import { type NetworkRecord, networkRecord } from '../records/network.ts';
import type { LeadingPort, PortSource, ServedRow, SubportRow } from './read.ts';

export interface PortRecord {
  readonly id: string;
  readonly network: NetworkRecord;
  readonly mac: Mac;
  readonly adminStateUp: boolean;
  readonly deviceOwner: string;
  readonly deviceId: string;
  /** The host that it is bound to; empty for whichever it is plugged in on. */
  readonly host: string;
  /** Whether its host took nothing new when it was bound to it. */
  readonly isRefused: boolean;
  /** Hosts that its instance may move to, or comes from. */
  readonly furtherHosts: readonly string[];
  /** Whether its instance is on the physical network past the switch of a host. */
  readonly isHardware: boolean;
  readonly projectId: string;
  readonly portSecurity: boolean;
  /** In the order in which the port has them. */
  readonly fixedIps: readonly FixedIpRecord[];
  readonly allowedAddressPairs: readonly { readonly mac: Mac | undefined; readonly address: string }[];
  readonly securityGroups: readonly string[];
  /** Null for that of the network. */
  readonly addressPolicy: AddressPolicy | null;
  readonly role: 'host' | 'router';
  readonly delegatedPrefixes: readonly Prefix[];
  /** The router ports with IPv6 on its network, when it has prefixes delegated to it: they lead to those. */
  readonly routersToDelegated: readonly LeadingPort[];
  readonly learnedReset: LearnedReset | null;
  readonly dnsName: string;
  /** Of the anycast addresses that its instance serves. */
  readonly healthChecks: readonly HealthCheckFacts[];
  /** Of a router's gateway: an IPv6 address of the router inside. */
  readonly routerAddress: Address | undefined;
  /** Of a router's gateway: by which IPv4 is reached from behind the router. */
  readonly nat64Prefixes: readonly Prefix[];
  /** Of a router's gateway: floating IPs that its host translates between versions of IP. */
  readonly translatedFloatingIps: readonly TranslatedFloatingIp[];
  /** Of a router's gateway that translates between versions of IP: the hosts that stand by for it, in no order. */
  readonly gatewayHosts: readonly string[];
  /** Of a port of a router: what stands outside for prefixes behind it. */
  readonly prefixTranslations: readonly PrefixTranslation[];
  /** Of a router's gateway: what its host asks a provider for; null for nothing. */
  readonly delegation: DelegationFacts | null;
  /** What the host that it is on answers for outside: floating IPs, and of a router's gateway its own addresses. */
  readonly announced: readonly AnnouncedAddress[];
  /** Those of its trunk. */
  readonly subports: readonly SubportFacts[];
  /** Of a port of a router that lets in nothing but answers: what is behind the router. */
  readonly inside: Inside | undefined;
  /** IPv6 addresses that are reached from outside by others, and ports of them. */
  readonly exposed: readonly ExposedAddress[];
  /** In which its name is known beside that of its network; empty for none. */
  readonly dnsDomain: string;
  /** Of its policy, or else of its network's. */
  readonly qosRules: readonly QosRuleRecord[];
  readonly dhcpOptions: readonly { readonly name: string; readonly value: string; readonly family: Family }[];
}

/** @throws PlanError */
export function portRecord({ row, ...source }: PortSource): PortRecord {
  const read = columnsOf(row, 'port', row.id);
  const network = networkRecord(source.network);
  const mac = read('mac_address', (text) => Mac.parse(text));
  const fixedIps = fixedIpsOf(source.fixedIps);
  const healthChecks = source.served.map(healthCheck);
  const translatedFloatingIps = source.translated.flatMap((one) => floatingIpRecord(one).translated ?? []);
  return {
    id: row.id,
    network,
    mac,
    adminStateUp: row.admin_state_up === 1,
    deviceOwner: row.device_owner,
    deviceId: row.device_id,
    host: row.binding_host_id,
    isRefused: row.binding_refused === 1,
    furtherHosts: source.furtherHosts,
    isHardware: isHardware({
      'binding:vnic_type': row.binding_vnic_type,
      'binding:profile': read('binding_profile', (json) => JSON.parse(json)),
    }),
    projectId: row.project_id,
    portSecurity: row.port_security_enabled === 1,
    fixedIps,
    allowedAddressPairs: [
      ...read('allowed_address_pairs', pairsIn),
      // What is asked at an anycast address is answered from there.
      ...healthChecks.map(({ address }) => ({ mac: undefined, address: address.toString() })),
    ],
    securityGroups: source.securityGroups,
    addressPolicy: row.address_policy as AddressPolicy | null,
    role: row.device_role as PortRecord['role'],
    delegatedPrefixes: read('delegated_prefixes', (json) =>
      listIn<string>(json).map((text) => Prefix.parse(text)),
    ),
    routersToDelegated: source.routersToDelegated,
    learnedReset: read(
      'learned_reset',
      orNull((json) => resetIn(json)),
    ),
    dnsName: row.dns_name,
    dnsDomain: row.dns_domain,
    healthChecks,
    routerAddress: source.routerAddress === undefined ? undefined : Address.fromSortKey(source.routerAddress),
    nat64Prefixes: source.nat64Prefixes.map((text) => Prefix.parse(text)),
    translatedFloatingIps,
    gatewayHosts:
      source.nat64Prefixes.length + translatedFloatingIps.length > 0 ? source.gatewayHosts.toSorted() : [],
    prefixTranslations: source.prefixTranslations.map(({ internal, external }) => ({ internal, external })),
    delegation: source.asking === undefined ? null : delegation(row.device_id, source.asking),
    announced: [
      ...source.floatingIps.map(floatingIpRecord).flatMap(floatingIp),
      ...(row.device_owner === ROUTER_GATEWAY
        ? ofGateway(network, mac, fixedIps, { ...source, translatedFloatingIps })
        : []),
    ],
    inside: source.inside === undefined ? undefined : insideOf(source.inside),
    exposed: exposed(source),
    subports: source.subports.map(subport),
    qosRules: source.qosRules.map(qosRuleRecord),
    dhcpOptions: read('extra_dhcp_opts', dhcpOptionsIn),
  };
}

function floatingIp({
  floating,
  isDistributed,
  physicalNetwork,
  ...rest
}: FloatingIpRecord): AnnouncedAddress[] {
  if (!isDistributed || physicalNetwork === null) return [];
  const { mac, networkId, vlan } = rest;
  return [{ address: floating, mac, networkId, physicalNetwork, vlan, isProxied: false }];
}

/** What a gateway's host answers for. OVN announces what is its own of IPv4 alone when a gateway moves. */
function ofGateway(
  { id: networkId, physicalNetwork, vlan }: NetworkRecord,
  mac: Mac,
  fixedIps: readonly FixedIpRecord[],
  {
    forwarded,
    proxied,
    translatedFloatingIps,
  }: Pick<PortSource, 'forwarded' | 'proxied'> & Pick<PortRecord, 'translatedFloatingIps'>,
): AnnouncedAddress[] {
  if (physicalNetwork === null) return [];
  const place = { mac, networkId, physicalNetwork, vlan };
  const own = [
    ...fixedIps.map(({ address }) => address),
    linkLocalAddress(mac),
    ...forwarded.map((text) => Address.parse(text)),
    ...translatedFloatingIps.map(({ floating }) => floating),
  ];
  return [
    ...own.map((address) => ({ ...place, address, isProxied: false })),
    ...proxied.map((text) => ({ ...place, address: Address.parse(text), isProxied: true })),
  ];
}

function exposed({
  floatingIps,
  forwardings,
}: Pick<PortSource, 'floatingIps' | 'forwardings'>): ExposedAddress[] {
  const floating = floatingIps.map(floatingIpRecord).map(({ fixed }) => ({ address: fixed }));
  const forwarded = forwardings.map((row) => ({
    address: Address.parse(row.internal_ip_address),
    protocol: row.protocol as 'tcp' | 'udp',
    firstPort: row.internal_port_start,
    lastPort: row.internal_port_end,
  }));
  return [...floating, ...forwarded].filter(({ address }) => address.family === 6);
}

function subport(row: SubportRow): SubportFacts {
  const mac = columnsOf(row, 'subport', row.id)('mac_address', (text) => Mac.parse(text));
  return { portId: row.id, mac, vlan: row.segmentation_id };
}

const delegation = (
  routerId: string,
  { associations, delegated, server }: RouterAsking,
): DelegationFacts => ({
  routerId,
  associations,
  leases: delegated.map(({ iaid, prefix, preferredUntil, validUntil }) => ({
    iaid,
    prefix,
    preferredUntil: secondsOf(preferredUntil),
    validUntil: secondsOf(validUntil),
  })),
  server,
});

function resetIn(json: string): LearnedReset {
  const { serial, kept } = JSON.parse(json) as { serial: number; kept: string[] };
  return { serial, kept: kept.map((text) => Address.parse(text)) };
}

function healthCheck(row: ServedRow): HealthCheckFacts {
  const read = columnsOf(row, 'anycast address', row.id);
  return {
    id: row.id,
    address: read('address', (text) => Address.parse(text)),
    ...read('health_check', (json) => JSON.parse(json) as HealthCheck),
  };
}

const pairsIn = (json: string): { mac: Mac | undefined; address: string }[] =>
  listIn<{ ip_address: string; mac_address?: string }>(json).map(({ ip_address, mac_address }) => ({
    mac: mac_address === undefined ? undefined : Mac.parse(mac_address),
    address: ip_address,
  }));

/** An option without a value is one that is not to be sent: there is nothing to say of it. */
const dhcpOptionsIn = (json: string): PortRecord['dhcpOptions'] =>
  listIn<{ opt_name: string; opt_value: string | null; ip_version?: Family }>(json).flatMap(
    ({ opt_name: name, opt_value: value, ip_version: family = 4 }) =>
      value === null ? [] : [{ name, value, family }],
  );
