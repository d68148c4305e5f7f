/**
 * The tables, as the migrations make them. Booleans are 0 or 1, lists and objects JSON text, on both databases;
 * addresses that are compared or ordered are sort keys of `addressing` (text order is address order).
 */
import type { Generated } from 'kysely';

/** 0 or 1. */
export type Flag = 0 | 1;
/** JSON text. */
export type Json = string;

interface Standard {
  id: string;
  project_id: string;
  name: string;
  description: string;
  tags: Json;
  created_at: string;
  updated_at: string;
  revision_number: number;
}

export interface NetworkRow extends Standard {
  admin_state_up: Flag;
  shared: Flag;
  router_external: Flag;
  mtu: number;
  port_security_enabled: Flag;
  provider_network_type: string;
  provider_physical_network: string | null;
  provider_segmentation_id: number | null;
  dns_domain: string;
  address_policy: string;
  multicast_snooping: Flag;
  availability_zone_hints: Json;
}

/** Segmentation ids in use: the primary key forbids doubles. */
export interface SegmentationRow {
  network_type: string;
  /** Empty for Geneve. */
  physical_network: string;
  segmentation_id: number;
  network_id: string;
}

export interface SubnetRow extends Standard {
  network_id: string;
  ip_version: 4 | 6;
  cidr: string;
  gateway_ip: string | null;
  enable_dhcp: Flag;
  ipv6_ra_mode: string | null;
  ipv6_address_mode: string | null;
  allocation_pools: Json;
  host_routes: Json;
  dns_nameservers: Json;
  service_types: Json;
  subnetpool_id: string | null;
  segment_id: string | null;
  dns_search_domains: Json;
  /** Seconds. */
  preferred_lifetime: number | null;
  valid_lifetime: number | null;
  ra_router_lifetime: number | null;
  ra_router_preference: string;
  pref64: string | null;
}

/** A prefix that was advertised on a network until its subnet left the router. */
export interface RetiredPrefixRow {
  network_id: string;
  prefix: string;
  /** When instances have forgotten it, as `created_at`. */
  expires_at: string;
}

export interface PortRow extends Standard {
  network_id: string;
  mac_address: string;
  admin_state_up: Flag;
  status: string;
  device_id: string;
  device_owner: string;
  port_security_enabled: Flag;
  allowed_address_pairs: Json;
  extra_dhcp_opts: Json;
  dns_name: string;
  binding_host_id: string;
  binding_vnic_type: string;
  binding_profile: Json;
  address_policy: string | null;
  device_role: string;
  delegated_prefixes: Json;
  /** Oldest first. */
  learned_addresses: Json;
}

/** An address that a port holds. The primary key (subnet_id, address) forbids doubles. */
export interface IpAllocationRow {
  subnet_id: string;
  /** Sort key. */
  address: string;
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

export interface PortSecurityGroupRow {
  port_id: string;
  security_group_id: string;
}

export interface RouterRow extends Standard {
  admin_state_up: Flag;
  external_network_id: string | null;
  gateway_port_id: string | null;
  enable_snat: Flag;
  routes: Json;
  distributed: Flag;
  ha: Flag;
  multicast_relay: Flag;
  availability_zone_hints: Json;
}

export interface AddressGroupRow extends Standard {
  shared: Flag;
}

/** An address or prefix in an address group. The primary key is both columns. */
export interface AddressGroupAddressRow {
  address_group_id: string;
  /** Canonical text with its prefix length. */
  address: string;
}

export interface SecurityGroupRow extends Standard {
  stateful: Flag;
}

/** The default group of each project: the primary key allows one. */
export interface DefaultSecurityGroupRow {
  project_id: string;
  security_group_id: string;
}

export interface SecurityGroupRuleRow {
  id: string;
  project_id: string;
  security_group_id: string;
  direction: string;
  ethertype: string;
  protocol: string | null;
  port_range_min: number | null;
  port_range_max: number | null;
  remote_ip_prefix: string | null;
  remote_group_id: string | null;
  remote_address_group_id: string | null;
  description: string;
  created_at: string;
  updated_at: string;
  revision_number: number;
  /** What the rule says, in one text; unique in its group. */
  meaning: string;
}

export interface InstanceRow extends Standard {
  hostname: string;
  user_data: string;
  user_data_encoding: string;
  public_keys: Json;
  metadata: Json;
  availability_zone: string;
}

export interface AnycastAddressRow extends Standard {
  router_id: string;
  /** RFC 5952 text. */
  address: string;
  health_check: Json;
}

/** A port that serves an anycast address. */
export interface AnycastMemberRow {
  anycast_address_id: string;
  port_id: string;
  /** What its host found last; null before it did. */
  healthy: Flag | null;
}

/** A rule that new security groups begin with; it is no project's. */
export interface DefaultSecurityGroupRuleRow
  extends Omit<SecurityGroupRuleRow, 'security_group_id' | 'remote_address_group_id'> {
  used_in_default_sg: Flag;
  used_in_non_default_sg: Flag;
}

/** Which packets are logged. */
export interface LogRow extends Standard {
  resource_type: string;
  /** A security group. */
  resource_id: string | null;
  /** A port. */
  target_id: string | null;
  event: string;
  enabled: Flag;
}

/** What changed, for the reconciler: see `journal.ts`. */
export interface JournalRow {
  seq: Generated<number>;
  kind: string;
  id: string;
}

/** Facts about the store itself. */
export interface MetaRow {
  key: string;
  value: string;
}

export interface Tables {
  networks: NetworkRow;
  segmentations: SegmentationRow;
  subnets: SubnetRow;
  retired_prefixes: RetiredPrefixRow;
  ports: PortRow;
  ip_allocations: IpAllocationRow;
  learned_addresses: LearnedAddressRow;
  free_ranges: FreeRangeRow;
  port_security_groups: PortSecurityGroupRow;
  routers: RouterRow;
  address_groups: AddressGroupRow;
  address_group_addresses: AddressGroupAddressRow;
  security_groups: SecurityGroupRow;
  default_security_groups: DefaultSecurityGroupRow;
  security_group_rules: SecurityGroupRuleRow;
  default_security_group_rules: DefaultSecurityGroupRuleRow;
  logs: LogRow;
  instances: InstanceRow;
  anycast_addresses: AnycastAddressRow;
  anycast_members: AnycastMemberRow;
  journal: JournalRow;
  meta: MetaRow;
}
