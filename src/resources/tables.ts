/**
 * The tables: of each resource the columns that its definition asks for, with those that are no attributes, and what
 * stands in tables of its own. Booleans are 0 or 1, lists and objects JSON text, on both databases; addresses that are
 * compared or ordered are sort keys of `addressing` (text order is address order).
 */
import type { Generated } from 'kysely';
import type { BasicStore, StoreTables, StoreTx } from '../store/index.ts';
import type { addressGroup } from './address-group/definition.ts';
import type { addressScope } from './address-scope/definition.ts';
import type { agent } from './agent/definition.ts';
import type { anycastAddress } from './anycast-address/definition.ts';
import type { bgpPeer } from './bgp-peer/definition.ts';
import type { bgpSpeaker } from './bgp-speaker/definition.ts';
import type { defaultSecurityGroupRule } from './default-security-group-rule/definition.ts';
import type { RowOf, StoredBoolean } from './definition/definition.ts';
import type { floatingIp } from './floatingip/definition.ts';
import type { hostToken } from './host-token/definition.ts';
import type { instance } from './instance/definition.ts';
import type { log } from './log/definition.ts';
import type { ndpProxy } from './ndp-proxy/definition.ts';
import type { network } from './network/definition.ts';
import type { networkSegmentRange } from './network-segment-range/definition.ts';
import type { nptv6Translation } from './nptv6-translation/definition.ts';
import type { qosPolicy } from './policy/definition.ts';
import type { port } from './port/definition.ts';
import type { rbacPolicy } from './rbac-policy/definition.ts';
import type { router } from './router/definition.ts';
import type { securityGroup } from './security-group/definition.ts';
import type { securityGroupRule } from './security-group-rule/definition.ts';
import type { subnet } from './subnet/definition.ts';
import type { subnetpool } from './subnetpool/definition.ts';
import type { trunk } from './trunk/definition.ts';

export type NetworkRow = RowOf<typeof network>;
export type NetworkSegmentRangeRow = RowOf<typeof networkSegmentRange>;
export type SubnetpoolRow = RowOf<typeof subnetpool>;
export type SubnetRow = RowOf<typeof subnet>;
export interface PortRow extends RowOf<typeof port> {
  /** JSON of `StoredReset`; null when nobody had addresses forgotten. */
  learned_reset: string | null;
  /** Whether its host took nothing new when it was bound to it. */
  binding_refused: StoredBoolean;
  /** The host on which its instance is plugged in past the guard; empty for none. */
  past_guard_on: string;
}
export type AddressGroupRow = RowOf<typeof addressGroup>;
export type AddressScopeRow = RowOf<typeof addressScope>;
export type NdpProxyRow = RowOf<typeof ndpProxy>;
export type Nptv6TranslationRow = RowOf<typeof nptv6Translation>;
export type BgpSpeakerRow = RowOf<typeof bgpSpeaker>;
export interface BgpPeerRow extends RowOf<typeof bgpPeer> {
  /** Null where nothing is signed. */
  password: string | null;
}
export type SecurityGroupRow = RowOf<typeof securityGroup>;
export type TrunkRow = RowOf<typeof trunk>;
export type QosPolicyRow = RowOf<typeof qosPolicy>;
export type RbacPolicyRow = RowOf<typeof rbacPolicy>;
export type InstanceRow = RowOf<typeof instance>;
export type AnycastAddressRow = RowOf<typeof anycastAddress>;
export type LogRow = RowOf<typeof log>;

export interface HostTokenRow extends RowOf<typeof hostToken> {
  /** Of what only its holder knows. */
  secret_hash: string;
}

/** A host; it is no project's. */
export interface AgentRow extends RowOf<typeof agent> {
  project_id: string;
  /** Its name in OVN. */
  chassis: string;
  /** Of the certificate that it was given last; null for one that needs none. */
  certificate_serial: string | null;
  /** Of one that is to take its place when it is used. */
  next_certificate_serial: string | null;
}

export interface RouterRow extends RowOf<typeof router> {
  external_network_id: string | null;
  gateway_port_id: string | null;
  enable_snat: StoredBoolean;
}

/** An external gateway that a router has beside its first. */
export interface FurtherGatewayRow {
  port_id: string;
  router_id: string;
  network_id: string;
  position: number;
}

export interface FloatingIpRow extends RowOf<typeof floatingIp> {
  /** The port on the external network that has its address. */
  floating_port_id: string;
}

/** Ports of a floating IP that lead to ports of an instance. */
export interface PortForwardingRow {
  id: string;
  floatingip_id: string;
  internal_port_id: string;
  internal_ip_address: string;
  protocol: 'tcp' | 'udp';
  internal_port_start: number;
  internal_port_end: number;
  external_port_start: number;
  external_port_end: number;
  description: string;
}

/** A host that a router's gateway is on. The primary key (gateway_port_id, chassis) forbids doubles. */
export interface GatewayHostRow {
  router_id: string;
  gateway_port_id: string;
  /** Its name in OVN. */
  chassis: string;
  /** Its name in the API. */
  host: string;
  /** From 0; the first has the gateway. */
  place: number;
  /** Why it is there, in words for administrators. */
  reason: string;
}

/** A host that serves the hardware ports of a network. The primary key (network_id, chassis) forbids doubles. */
export interface ServingHostRow {
  network_id: string;
  /** Its name in OVN. */
  chassis: string;
  /** Its name in the API. */
  host: string;
  /** From 0; the first serves them, the others stand by in their order. */
  place: number;
}

/** A router outside that a host hears advertise itself. The primary key is network, chassis and address. */
export interface HeardRouterRow {
  network_id: string;
  /** Of the host, its name in OVN. */
  chassis: string;
  address: string;
  preference: 'high' | 'medium' | 'low';
  /** When it was heard first, as `created_at`. */
  since: string;
}

/** What a rule says, in one text; unique in its group. */
interface Meaning {
  meaning: string;
}

export type SecurityGroupRuleRow = RowOf<typeof securityGroupRule> & Meaning;

/** A rule that new security groups begin with; it is no project's. */
export type DefaultSecurityGroupRuleRow = RowOf<typeof defaultSecurityGroupRule> &
  Meaning & { project_id: string };

/** Segmentation ids in use: the primary key forbids doubles. */
export interface SegmentationRow {
  network_type: string;
  /** Empty where there is none. */
  physical_network: string;
  segmentation_id: number;
  network_id: string;
}

/** A prefix of a subnet pool that no subnet has; no two are halves of one. */
export interface FreePrefixRow {
  subnetpool_id: string;
  /** Bits that its addresses share. */
  length: number;
  /** Sort key of its first address. */
  network: string;
}

/** A prefix of a subnet pool that a port has. The primary key (subnetpool_id, prefix) forbids doubles. */
export interface PoolDelegationRow {
  subnetpool_id: string;
  prefix: string;
  port_id: string;
}

/** A prefix that a provider delegates to a router. The primary key (router_id, prefix) forbids doubles. */
export interface RouterDelegationRow {
  router_id: string;
  iaid: number;
  prefix: string;
  /** As `created_at`; null for ever. */
  preferred_until: string | null;
  valid_until: string | null;
}

/** What a router's host last knew of the provider's server. */
export interface DelegationClientRow {
  router_id: string;
  /** Its DUID, in hexadecimal; empty when none is known. */
  server: string;
  /** Why the router lacks a prefix; empty for no reason. */
  reason: string;
}

/** A prefix that was advertised on a network until its subnet left the router. */
export interface RetiredPrefixRow {
  network_id: string;
  prefix: string;
  /** When instances have forgotten it, as `created_at`. */
  expires_at: string;
}

/** A router's port that advertised itself on a network and no longer does; until when to say so. */
export interface RetiredRouterRow {
  network_id: string;
  mac_address: string;
  /** JSON: its addresses, as the port's fixed_ips were. */
  fixed_ips: string;
  expires_at: string;
}

/** An address that a port holds. The primary key (subnet_id, address) forbids doubles. */
export interface IpAllocationRow {
  subnet_id: string;
  /** Sort key. */
  address: string;
  /** The same as the API writes it. */
  ip_address: string;
  port_id: string;
  network_id: string;
  /** Place among the port's fixed_ips, from 0. */
  position: number;
}

/** An address that an instance took for itself. The primary key (network_id, address) forbids doubles. */
export interface LearnedAddressRow {
  network_id: string;
  /** Sort key. */
  address: string;
  port_id: string;
}

/** A range of a subnet's allocation pools that nobody holds; ranges neither touch nor overlap. */
export interface FreeRangeRow {
  subnet_id: string;
  /** Sort key. */
  first: string;
  /** Sort key. */
  last: string;
}

/** Behind which address of a subnet the next one is looked for. */
export interface AllocationCursorRow {
  subnet_id: string;
  /** Sort key of the one that was taken last. */
  taken: string;
}

/** A binding of a port to a further host, which its instance may move to. The primary key is port and host. */
export interface PortBindingRow {
  port_id: string;
  host: string;
  /** `unbound` for the host that its instance moved away from. */
  vif_type: 'ovs' | 'unbound';
  vnic_type: string;
  /** JSON. */
  profile: string;
}

/** A port that the instance of a trunk's port uses, too. The primary key is its port; a trunk has a VLAN once. */
export interface TrunkSubportRow {
  port_id: string;
  trunk_id: string;
  segmentation_type: 'vlan';
  segmentation_id: number;
}

/** A rule of a QoS policy, which has one of a kind in a direction at most. */
export interface QosRuleRow {
  id: string;
  policy_id: string;
  kind: 'bandwidth_limit' | 'dscp_marking' | 'packet_rate_limit';
  direction: 'egress' | 'ingress';
  max_kbps: number | null;
  /** 0 for what is usual. */
  max_burst_kbps: number | null;
  dscp_mark: number | null;
  /** Thousands of packets in a second. */
  max_kpps: number | null;
  /** Thousands of packets; 0 for what is usual. */
  max_burst_kpps: number | null;
}

/** The network and router that a project was given who asked for whichever. */
export interface AutoAllocatedTopologyRow {
  project_id: string;
  network_id: string;
  router_id: string | null;
}

/** Who tells Nova of its instances' ports: while there is nobody, nothing is noted. */
export interface NovaListenerRow {
  id: string;
}

/** What Nova is to be told: the database notes it as ports and floating IPs change. */
export interface NovaEventRow {
  id: Generated<number>;
  server_uuid: string;
  name: string;
  status: string | null;
  /** The port. */
  tag: string | null;
  /** Both in seconds since 1970. */
  noted_at: number;
  leased_until: Generated<number>;
}

export interface PortSecurityGroupRow {
  port_id: string;
  security_group_id: string;
}

/** An address or prefix in an address group. The primary key is both columns. */
export interface AddressGroupAddressRow {
  address_group_id: string;
  /** Canonical text with its prefix length. */
  address: string;
}

/** The default group of each project: the primary key allows one. */
export interface DefaultSecurityGroupRow {
  project_id: string;
  security_group_id: string;
}

/** A port that serves an anycast address. */
export interface AnycastMemberRow {
  anycast_address_id: string;
  port_id: string;
  /** What its host found last; null before it did. */
  healthy: StoredBoolean | null;
}

/** How many of a resource a project may have; negative for any number. The primary key is both names. */
export interface QuotaRow {
  project_id: string;
  resource: string;
  most: number;
}

/** How many it has: the database counts. */
export interface QuotaUsageRow {
  project_id: string;
  resource: string;
  used: number;
}

/** A peer of a BGP speaker. The primary key is both columns. */
export interface BgpSpeakerPeerRow {
  speaker_id: string;
  peer_id: string;
}

/** An external network of a BGP speaker. The primary key is both columns. */
export interface BgpSpeakerNetworkRow {
  speaker_id: string;
  network_id: string;
}

/** A host that speaks for a BGP speaker on an external network. The primary key is speaker, network and chassis. */
export interface BgpLegRow {
  speaker_id: string;
  network_id: string;
  /** Of the host, its name in OVN. */
  chassis: string;
  /** It has the host's addresses there. */
  port_id: string;
  /** JSON: how the host says that it stands with each peer. */
  report: string;
}

/** A tag of a resource. The database keeps them as the resources' own columns say. */
export interface TagRow {
  collection: string;
  tag: string;
  id: string;
}

/** Something that could not be brought into the network. The primary key is kind and id. */
export interface UnitFailureRow {
  /** `port`, `network`, ... */
  kind: string;
  id: string;
  /** In words for its owner. */
  reason: string;
  /** When it failed first, as `created_at`. */
  since: string;
  /** How often it had been tried when the reason was found. */
  attempts: number;
}

export interface Tables extends StoreTables {
  networks: NetworkRow;
  segmentations: SegmentationRow;
  network_segment_ranges: NetworkSegmentRangeRow;
  subnetpools: SubnetpoolRow;
  free_prefixes: FreePrefixRow;
  pool_delegations: PoolDelegationRow;
  router_delegations: RouterDelegationRow;
  delegation_clients: DelegationClientRow;
  subnets: SubnetRow;
  retired_prefixes: RetiredPrefixRow;
  retired_routers: RetiredRouterRow;
  ports: PortRow;
  port_bindings: PortBindingRow;
  policies: QosPolicyRow;
  qos_rules: QosRuleRow;
  trunks: TrunkRow;
  trunk_subports: TrunkSubportRow;
  auto_allocated_topologies: AutoAllocatedTopologyRow;
  nova_listeners: NovaListenerRow;
  nova_events: NovaEventRow;
  ip_allocations: IpAllocationRow;
  learned_addresses: LearnedAddressRow;
  free_ranges: FreeRangeRow;
  allocation_cursors: AllocationCursorRow;
  port_security_groups: PortSecurityGroupRow;
  routers: RouterRow;
  gateway_hosts: GatewayHostRow;
  further_gateways: FurtherGatewayRow;
  serving_hosts: ServingHostRow;
  heard_routers: HeardRouterRow;
  floatingips: FloatingIpRow;
  port_forwardings: PortForwardingRow;
  ndp_proxies: NdpProxyRow;
  nptv6_translations: Nptv6TranslationRow;
  bgp_speakers: BgpSpeakerRow;
  bgp_peers: BgpPeerRow;
  bgp_speaker_peers: BgpSpeakerPeerRow;
  bgp_speaker_networks: BgpSpeakerNetworkRow;
  bgp_legs: BgpLegRow;
  address_groups: AddressGroupRow;
  address_group_addresses: AddressGroupAddressRow;
  address_scopes: AddressScopeRow;
  security_groups: SecurityGroupRow;
  default_security_groups: DefaultSecurityGroupRow;
  security_group_rules: SecurityGroupRuleRow;
  default_security_group_rules: DefaultSecurityGroupRuleRow;
  logs: LogRow;
  instances: InstanceRow;
  anycast_addresses: AnycastAddressRow;
  anycast_members: AnycastMemberRow;
  unit_failures: UnitFailureRow;
  agents: AgentRow;
  host_tokens: HostTokenRow;
  tags: TagRow;
  rbac_policies: RbacPolicyRow;
  quotas: QuotaRow;
  quota_usages: QuotaUsageRow;
}

/** The store of resources. */
export type Store = BasicStore<Tables>;
/** What an operation on resources works on. */
export type Tx = StoreTx<Tables>;
