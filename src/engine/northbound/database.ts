/** The part of OVN's northbound database (ovn-nb(5)) that Sextant derives from its store. */
import { declareDatabase } from '../../ovsdb/index.ts';
import type { ManagedTables } from '../reconciler/plan.ts';

const STRINGS = 'map of string to string';

export const northboundDatabase = declareDatabase('OVN_Northbound', {
  NB_Global: { options: STRINGS, external_ids: STRINGS },
  DHCP_Options: { cidr: 'string', options: STRINGS, external_ids: STRINGS },
  ACL: {
    priority: 'integer',
    direction: 'string',
    match: 'string',
    action: 'string',
    log: 'boolean',
    name: 'optional string',
    severity: 'optional string',
    meter: 'optional string',
    external_ids: STRINGS,
  },
  QoS: {
    priority: 'integer',
    direction: 'string',
    match: 'string',
    action: 'map of string to integer',
    bandwidth: 'map of string to integer',
    external_ids: STRINGS,
  },
  Gateway_Chassis: { name: 'string', chassis_name: 'string', priority: 'integer', external_ids: STRINGS },
  NAT: {
    type: 'string',
    external_ip: 'string',
    logical_ip: 'string',
    logical_port: 'optional string',
    external_mac: 'optional string',
    exempted_ext_ips: 'optional uuid',
    options: STRINGS,
    external_ids: STRINGS,
  },
  Logical_Router_Static_Route: {
    ip_prefix: 'string',
    nexthop: 'string',
    output_port: 'optional string',
    external_ids: STRINGS,
  },
  Logical_Router_Policy: {
    priority: 'integer',
    match: 'string',
    action: 'string',
    nexthops: 'set of string',
    external_ids: STRINGS,
  },
  Logical_Switch_Port: {
    name: 'string',
    type: 'string',
    addresses: 'set of string',
    port_security: 'set of string',
    options: STRINGS,
    tag_request: 'optional integer',
    enabled: 'optional boolean',
    up: 'optional boolean',
    dhcpv4_options: 'optional uuid',
    dhcpv6_options: 'optional uuid',
    ha_chassis_group: 'optional uuid',
    external_ids: STRINGS,
  },
  HA_Chassis_Group: { name: 'string', ha_chassis: 'set of uuid', external_ids: STRINGS },
  HA_Chassis: { chassis_name: 'string', priority: 'integer', external_ids: STRINGS },
  Logical_Router_Port: {
    name: 'string',
    mac: 'string',
    networks: 'set of string',
    enabled: 'optional boolean',
    options: STRINGS,
    ipv6_ra_configs: STRINGS,
    gateway_chassis: 'set of uuid',
    external_ids: STRINGS,
  },
  Logical_Switch: {
    name: 'string',
    ports: 'set of uuid',
    qos_rules: 'set of uuid',
    other_config: STRINGS,
    external_ids: STRINGS,
  },
  Logical_Router: {
    name: 'string',
    enabled: 'optional boolean',
    ports: 'set of uuid',
    static_routes: 'set of uuid',
    policies: 'set of uuid',
    nat: 'set of uuid',
    load_balancer: 'set of uuid',
    copp: 'optional uuid',
    options: STRINGS,
    external_ids: STRINGS,
  },
  Load_Balancer: {
    name: 'string',
    protocol: 'optional string',
    vips: STRINGS,
    external_ids: STRINGS,
  },
  Copp: { name: 'string', meters: STRINGS, external_ids: STRINGS },
  Meter_Band: { action: 'string', rate: 'integer', burst_size: 'integer', external_ids: STRINGS },
  Meter: {
    name: 'string',
    unit: 'string',
    fair: 'optional boolean',
    bands: 'set of uuid',
    external_ids: STRINGS,
  },
  Address_Set: { name: 'string', addresses: 'set of string', external_ids: STRINGS },
  Port_Group: { name: 'string', ports: 'set of uuid', acls: 'set of uuid', external_ids: STRINGS },
});

/** How the rows of each table are managed. A table stands after those that its rows refer to. */
export const MANAGED_TABLES = {
  DHCP_Options: { columns: ['cidr', 'options'] },
  ACL: {
    columns: ['priority', 'direction', 'match', 'action', 'log', 'name', 'severity', 'meter'],
    parent: { table: 'Port_Group', column: 'acls' },
  },
  QoS: {
    columns: ['priority', 'direction', 'match', 'action', 'bandwidth'],
    parent: { table: 'Logical_Switch', column: 'qos_rules' },
  },
  Gateway_Chassis: {
    columns: ['name', 'chassis_name', 'priority'],
    parent: { table: 'Logical_Router_Port', column: 'gateway_chassis' },
    named: true,
  },
  Address_Set: { columns: ['name', 'addresses'], named: true },
  NAT: {
    columns: [
      'type',
      'external_ip',
      'logical_ip',
      'logical_port',
      'external_mac',
      'exempted_ext_ips',
      'options',
    ],
    references: { exempted_ext_ips: 'Address_Set' },
    parent: { table: 'Logical_Router', column: 'nat' },
  },
  Logical_Router_Static_Route: {
    columns: ['ip_prefix', 'nexthop', 'output_port'],
    parent: { table: 'Logical_Router', column: 'static_routes' },
  },
  Logical_Router_Policy: {
    columns: ['priority', 'match', 'action', 'nexthops'],
    parent: { table: 'Logical_Router', column: 'policies' },
  },
  HA_Chassis: {
    columns: ['chassis_name', 'priority'],
    parent: { table: 'HA_Chassis_Group', column: 'ha_chassis' },
  },
  HA_Chassis_Group: { columns: ['name'], named: true },
  Logical_Switch_Port: {
    columns: [
      'name',
      'type',
      'addresses',
      'port_security',
      'options',
      'tag_request',
      'enabled',
      'dhcpv4_options',
      'dhcpv6_options',
      'ha_chassis_group',
    ],
    references: {
      dhcpv4_options: 'DHCP_Options',
      dhcpv6_options: 'DHCP_Options',
      ha_chassis_group: 'HA_Chassis_Group',
    },
    holds: ['ha_chassis_group'],
    parent: { table: 'Logical_Switch', column: 'ports' },
    memberOf: { table: 'Port_Group', column: 'ports' },
    named: true,
  },
  Logical_Router_Port: {
    columns: ['name', 'mac', 'networks', 'enabled', 'options', 'ipv6_ra_configs'],
    parent: { table: 'Logical_Router', column: 'ports' },
    named: true,
  },
  Logical_Switch: { columns: ['name', 'other_config'], named: true },
  Copp: { columns: ['name', 'meters'], named: true },
  Logical_Router: {
    columns: ['name', 'enabled', 'options', 'copp'],
    references: { copp: 'Copp' },
    named: true,
  },
  Load_Balancer: {
    columns: ['name', 'protocol', 'vips'],
    memberOf: { table: 'Logical_Router', column: 'load_balancer' },
    named: true,
  },
  Meter_Band: {
    columns: ['action', 'rate', 'burst_size'],
    parent: { table: 'Meter', column: 'bands' },
  },
  Meter: { columns: ['name', 'unit', 'fair'], named: true },
  Port_Group: { columns: ['name'], named: true },
} as const satisfies ManagedTables;

/** A table that plans may have rows of. */
export type NorthboundTable = keyof typeof MANAGED_TABLES;
