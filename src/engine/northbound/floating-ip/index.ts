/** Floating IPs: translations of routers, each a unit, so that one that is made or moved plans no router anew. */
import { found, itself, on } from '../dependency.ts';
import { allFloatingIps, floatingIpsOfPorts } from '../lookups.ts';
import type { Unit } from '../unit.ts';
import { planFloatingIp } from './plan.ts';
import { type FloatingIpSource, readFloatingIps } from './read.ts';
import { type FloatingIpRecord, floatingIpRecord } from './record.ts';

export const floatingIpUnit: Unit<FloatingIpSource> = {
  kind: 'floating_ip',
  table: 'floatingips',
  read: readFloatingIps,
  plan: (source) => planFloatingIp(floatingIpRecord(source)),
  dependsOn: [
    on('floatingip', ['port_id', 'fixed_ip_address'], itself),
    on('port', ['binding:host_id'], found(floatingIpsOfPorts)),
    // Which hosts reach the external network.
    on('agent', ['configurations'], found(allFloatingIps)),
  ],
};

export { type FloatingIpRecord, type FloatingIpSource, floatingIpRecord, readFloatingIps };
