/** The names that rows have in OVN: those that Neutron gives, so that its tools and Nova find them. */
import { RowRef } from '../reconciler/plan.ts';

export const switchName = (networkId: string): string => `neutron-${networkId}`;
export const routerName = (routerId: string): string => `neutron-${routerId}`;
export const routerPortName = (portId: string): string => `lrp-${portId}`;

/** Matches name port groups, and a hyphen there is a parse error that OVN only logs: underscores, then. */
export const portGroupName = (securityGroupId: string): string =>
  `pg_${securityGroupId.replaceAll('-', '_')}`;

/** The port group of every port that lets nothing through but what a security group allows. */
export const dropGroupName = 'sextant_drop';
export const dropGroupUnit = 'default_drop/all';

export const switchRef = (networkId: string): RowRef =>
  new RowRef('Logical_Switch', `network/${networkId}`, 'switch');
export const dhcpRef = (subnetId: string): RowRef => new RowRef('DHCP_Options', `subnet/${subnetId}`, 'dhcp');
export const routerRef = (routerId: string): RowRef =>
  new RowRef('Logical_Router', `router/${routerId}`, 'router');
export const routerPortRef = (portId: string): RowRef =>
  new RowRef('Logical_Router_Port', `port/${portId}`, 'router-port');
export const groupRef = (securityGroupId: string): RowRef =>
  new RowRef('Port_Group', `security_group/${securityGroupId}`, 'group');
export const dropGroupRef = new RowRef('Port_Group', dropGroupUnit, 'group');
