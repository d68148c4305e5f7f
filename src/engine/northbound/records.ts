/** What plans are made from: the store's rows as far as the engine cares, with addresses parsed. */
import type { Address, Family, Mac, Prefix } from '../../addressing/index.ts';
import type { HealthCheckFacts } from '../../host-contract/index.ts';
import type { Member } from '../../resources/anycast-address/rules.ts';
import type { AddressPolicy } from '../../resources/port/open-prefixes.ts';

export interface NetworkRecord {
  readonly id: string;
  readonly adminStateUp: boolean;
  /** Bytes of the largest IP packet. */
  readonly mtu: number;
  /** The physical network of a VLAN or flat network; null for one in tunnels. */
  readonly physicalNetwork: string | null;
  /** The VLAN of a VLAN network. */
  readonly vlan: number | null;
  readonly dnsDomain: string;
  readonly addressPolicy: AddressPolicy;
  /** Whether multicast goes to members alone. */
  readonly multicastSnooping: boolean;
  /** Prefixes that its routers advertised and no longer do; until when to say so, in seconds since 1970. */
  readonly retiredPrefixes: readonly { readonly prefix: Prefix; readonly until: number }[];
}

export type Ipv6Mode = 'slaac' | 'dhcpv6-stateful' | 'dhcpv6-stateless';

export interface Route {
  readonly destination: Prefix;
  readonly nexthop: Address;
}

export interface SubnetRecord {
  readonly id: string;
  readonly family: Family;
  readonly prefix: Prefix;
  readonly gateway: Address | undefined;
  readonly enableDhcp: boolean;
  readonly raMode: Ipv6Mode | null;
  readonly addressMode: Ipv6Mode | null;
  readonly dnsNameservers: readonly Address[];
  readonly searchDomains: readonly string[];
  readonly hostRoutes: readonly Route[];
  /** Seconds; null for what is usual. */
  readonly preferredLifetime: number | null;
  readonly validLifetime: number | null;
  readonly routerLifetime: number | null;
  readonly routerPreference: 'high' | 'medium' | 'low';
  readonly pref64: Prefix | undefined;
}

export interface FixedIp {
  readonly subnet: SubnetRecord;
  readonly address: Address;
}

export interface PortRecord {
  readonly id: string;
  readonly network: NetworkRecord;
  readonly mac: Mac;
  readonly adminStateUp: boolean;
  readonly deviceOwner: string;
  readonly deviceId: string;
  readonly projectId: string;
  readonly portSecurity: boolean;
  /** In the order in which the port has them. */
  readonly fixedIps: readonly FixedIp[];
  readonly allowedAddressPairs: readonly { readonly mac: Mac | undefined; readonly address: string }[];
  readonly securityGroups: readonly string[];
  /** Null for that of the network. */
  readonly addressPolicy: AddressPolicy | null;
  readonly role: 'host' | 'router';
  readonly delegatedPrefixes: readonly Prefix[];
  /** The router ports with IPv6 on its network, when it has prefixes delegated to it: they lead to those. */
  readonly routersToDelegated: readonly { readonly portId: string; readonly routerId: string }[];
  readonly learnedAddresses: readonly Address[];
  readonly dnsName: string;
  /** Of the anycast addresses that its instance serves. */
  readonly healthChecks: readonly HealthCheckFacts[];
  readonly dhcpOptions: readonly { readonly name: string; readonly value: string; readonly family: Family }[];
}

/** A port of a router, as the router's own plan needs it. */
export interface RouterInterface {
  readonly portId: string;
  readonly networkId: string;
  readonly fixedIps: readonly FixedIp[];
}

export interface RouterRecord {
  readonly id: string;
  readonly adminStateUp: boolean;
  readonly enableSnat: boolean;
  /** Whether it passes multicast on to members in other networks. */
  readonly multicastRelay: boolean;
  readonly routes: readonly Route[];
  readonly interfaces: readonly RouterInterface[];
  readonly gateway: RouterInterface | undefined;
}

/** An address that several instances serve. */
export interface AnycastRecord {
  readonly id: string;
  readonly routerId: string;
  readonly address: Address;
  readonly members: readonly Member[];
}

export interface SecurityGroupRuleRecord {
  readonly id: string;
  readonly direction: 'ingress' | 'egress';
  readonly family: Family;
  /** IP protocol number; null for all. */
  readonly protocol: number | null;
  /** First and last port, or ICMP type and code. */
  readonly portRangeMin: number | null;
  readonly portRangeMax: number | null;
  readonly remotePrefix: Prefix | null;
  readonly remoteGroupId: string | null;
  readonly remoteAddressGroupId: string | null;
}

export interface AddressGroupRecord {
  readonly id: string;
  /** Of both families, without doubles. */
  readonly addresses: readonly Prefix[];
}

/** Which of the packets that a group decides about are logged. */
export interface GroupLogging {
  /** Those that its rules let through. */
  readonly accepted: boolean;
  /** Those that its ports drop: all of them, or these. */
  readonly dropped: 'all' | readonly string[];
}

export interface SecurityGroupRecord {
  readonly id: string;
  readonly logging: GroupLogging;
  readonly stateful: boolean;
  readonly rules: readonly SecurityGroupRuleRecord[];
}
