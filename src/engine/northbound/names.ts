/** What Sextant's rows are called in the northbound database, and where its units keep them. */

import type { Family } from '../../addressing/index.ts';
import { RowRef, type UnitName } from '../reconciler/plan.ts';
import type { NorthboundTable } from './database.ts';

export const unitOf = (kind: string, id: string): UnitName => `${kind}/${id}`;

/** The id of units of which there is one for all networks. */
export const COMMON_ID = 'all';
const openGroup = unitOf('open_group', COMMON_ID);
const translators = unitOf('translators', COMMON_ID);
/** The ACLs that drop what no security group lets through. */
export const DEFAULT_DROP: UnitName = unitOf('default_drop', COMMON_ID);

export const switchName = (networkId: string): string => `neutron-${networkId}`;
export const routerName = (routerId: string): string => `neutron-${routerId}`;
export const routerPortName = (portId: string): string => `lrp-${portId}`;
/** Ports of routers as matches have a set of them. */
export const routerPortSet = (portIds: readonly string[]): string =>
  `{${portIds.map((id) => `"${routerPortName(id)}"`).join(', ')}}`;

export const forwardingName = (floatingIpId: string, protocol: string): string =>
  `neutron-${floatingIpId}-${protocol}`;

export const servingGroupName = (networkId: string): string => `sextant-serving-${networkId}`;

/** Matches name port groups with `@`, where OVN's lexer takes no hyphens: it would drop the ACL without a word. */
export const portGroupName = (securityGroupId: string): string =>
  `pg_${securityGroupId.replaceAll('-', '_')}`;
/** The port group of the gateways of a router that lets in nothing but answers. */
export const egressOnlyGroupName = (routerId: string): string =>
  `egress_only_${routerId.replaceAll('-', '_')}`;
/** The base of an address group's address sets' names: `_ip4` and `_ip6` follow, as in those of a port group. */
export const addressSetName = (addressGroupId: string): string => `as_${addressGroupId.replaceAll('-', '_')}`;
/** The address set of what instances of a security group's ports took for themselves. */
export const learnedSetName = (securityGroupId: string): string =>
  `learned_${securityGroupId.replaceAll('-', '_')}`;
/** The address set of what translators on the hosts of gateways send from to instances. */
export const TRANSLATORS_NAME = 'sextant_translators';
/** The meter that limits how much is logged of what security groups decide. */
export const METER_NAME = 'sextant_acl_log';
/** The port group of all ports that no security group protects. */
export const OPEN_GROUP_NAME = 'sextant_open';

/** The highest of a chassis that OVN takes: who has something before all others gets it. */
export const HIGHEST_PRIORITY = 32_767;

/** Keys of the rows that other units refer to. */
export const key = {
  switch: 'switch',
  localnet: 'localnet',
  service: 'service',
  translator: 'translator',
  dhcp: 'dhcp',
  port: 'port',
  routerPort: 'router-port',
  router: 'router',
  group: 'group',
  meter: 'meter',
  addressSet: (family: Family): string => `ip${family}`,
} as const;

const ref = (table: NorthboundTable, unit: UnitName, rowKey: string): RowRef =>
  new RowRef(table, unit, rowKey);

export const switchRef = (networkId: string): RowRef =>
  ref('Logical_Switch', unitOf('network', networkId), key.switch);
/** The switch that a router has for translations of prefixes. */
export const nptv6SwitchRef = (routerId: string): RowRef =>
  ref('Logical_Switch', unitOf('nptv6', routerId), key.switch);
export const dhcpRef = (subnetId: string): RowRef =>
  ref('DHCP_Options', unitOf('subnet', subnetId), key.dhcp);
export const routerRef = (routerId: string): RowRef =>
  ref('Logical_Router', unitOf('router', routerId), key.router);
export const portRef = (portId: string): RowRef =>
  ref('Logical_Switch_Port', unitOf('port', portId), key.port);
export const routerPortRef = (portId: string): RowRef =>
  ref('Logical_Router_Port', unitOf('port', portId), key.routerPort);
export const groupRef = (securityGroupId: string): RowRef =>
  ref('Port_Group', unitOf('security_group', securityGroupId), key.group);
export const egressOnlyGroupRef = (routerId: string): RowRef =>
  ref('Port_Group', unitOf('egress_only', routerId), key.group);
export const addressSetRef = (addressGroupId: string, family: Family): RowRef =>
  ref('Address_Set', unitOf('address_group', addressGroupId), key.addressSet(family));
/** What is for these is nobody outside: routers leave its source as it is. */
export const translatorsRef: RowRef = ref('Address_Set', translators, key.addressSet(4));
export const openGroupRef: RowRef = ref('Port_Group', openGroup, key.group);
export const servingGroupRef = (networkId: string): RowRef =>
  ref('HA_Chassis_Group', unitOf('serving_hosts', networkId), key.group);
export const meterRef: RowRef = ref('Meter', openGroup, key.meter);
