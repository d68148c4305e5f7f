/** What Sextant's rows are called in the northbound database, and where its units keep them. */

import type { Family } from '../../addressing/index.ts';
import { RowRef, type UnitName } from '../reconciler/plan.ts';
import type { NorthboundTable } from './database.ts';

export const unitOf = (kind: string, id: string): UnitName => `${kind}/${id}`;

/** There is one for all networks. */
export const DROP_GROUP_ID = 'all';
const dropGroup = unitOf('drop_group', DROP_GROUP_ID);

export const switchName = (networkId: string): string => `neutron-${networkId}`;
export const localnetPortName = (networkId: string): string => `provnet-${networkId}`;
export const routerName = (routerId: string): string => `neutron-${routerId}`;
export const routerPortName = (portId: string): string => `lrp-${portId}`;

/** Matches name port groups with `@`, where OVN's lexer takes no hyphens: it would drop the ACL without a word. */
export const portGroupName = (securityGroupId: string): string =>
  `pg_${securityGroupId.replaceAll('-', '_')}`;
/** The base of an address group's address sets' names: `_ip4` and `_ip6` follow, as in those of a port group. */
export const addressSetName = (addressGroupId: string): string => `as_${addressGroupId.replaceAll('-', '_')}`;
/** The address set of what instances of a security group's ports took for themselves. */
export const learnedSetName = (securityGroupId: string): string =>
  `learned_${securityGroupId.replaceAll('-', '_')}`;
/** The meter that limits how much is logged of what security groups decide. */
export const METER_NAME = 'sextant_security_group_log';
export const DROP_GROUP_NAME = 'sextant_drop';

/** Keys of the rows that other units refer to. */
export const key = {
  switch: 'switch',
  localnet: 'localnet',
  service: 'service',
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
export const dropGroupRef: RowRef = ref('Port_Group', dropGroup, key.group);
export const meterRef: RowRef = ref('Meter', dropGroup, key.meter);
