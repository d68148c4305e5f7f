/** QoS policies of floating IPs, each a unit of its own beside what translates. */
import { ROUTER_GATEWAY } from '../../../resources/index.ts';
import { type ChangeOf, found, itself, on } from '../dependency.ts';
import { floatingIpsOfPolicies, limitedFloatingIpsOfRouters } from '../lookups.ts';
import type { Unit } from '../unit.ts';
import { planFloatingIpQos } from './plan.ts';
import { type LimitedIpSource, readLimitedIps } from './read.ts';

/** The routers whose gateways ports are, or were. */
const routersOfGateways = (changes: readonly ChangeOf<'port'>[]): string[] =>
  changes.flatMap(({ links }) => (links.device_owner.includes(ROUTER_GATEWAY) ? links.device_id : []));

export const floatingIpQosUnit: Unit<LimitedIpSource> = {
  kind: 'floating_ip_qos',
  table: 'floatingips',
  read: readLimitedIps,
  plan: planFloatingIpQos,
  dependsOn: [
    on('floatingip', ['qos_policy_id', 'port_id', 'port_forwardings'], itself),
    on('policy', ['rules'], found(floatingIpsOfPolicies)),
    // A gateway that gets other addresses is another port.
    on('port', [], found(limitedFloatingIpsOfRouters, routersOfGateways)),
  ],
};
