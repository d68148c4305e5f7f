/** QoS policies of floating IPs, each a unit of its own beside what translates. */
import { found, itself, on } from '../dependency.ts';
import { floatingIpsOfPolicies, limitedFloatingIpsOfRouters } from '../lookups.ts';
import { routersOfGateways } from '../router-ports.ts';
import type { Unit } from '../unit.ts';
import { planFloatingIpQos } from './plan.ts';
import { type LimitedIpSource, readLimitedIps } from './read.ts';

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
