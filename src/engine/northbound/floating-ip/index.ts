/** Floating IPs: translations of routers, each a unit, so that one that is made or moved plans no router anew. */
import { found, itself, named, on } from '../dependency.ts';
import {
  allFloatingIps,
  floatingIpsOfPorts,
  floatingIpsOfRouters,
  floatingIpsOnNetworks,
  floatingIpsOnPools,
} from '../lookups.ts';
import type { Unit } from '../unit.ts';
import { withCrossings } from './crossing.ts';
import { planFloatingIp } from './plan.ts';
import { type FloatingIpSource, readFloatingIps, readTranslatedFloatingIps } from './read.ts';
import { type FloatingIpRecord, floatingIpRecord } from './record.ts';
import { withWaysOut } from './way-out.ts';

export const floatingIpUnit: Unit<FloatingIpSource> = {
  kind: 'floating_ip',
  table: 'floatingips',
  read: async (db, ids) => withWaysOut(db, await withCrossings(db, await readFloatingIps(db, ids))),
  plan: (source) => planFloatingIp(floatingIpRecord(source)),
  dependsOn: [
    on('floatingip', ['port_id', 'fixed_ip_address'], itself),
    // By which port it leaves, and from where.
    on('router', ['external_gateways', 'distributed'], found(floatingIpsOfRouters)),
    on('port', ['binding:host_id'], found(floatingIpsOfPorts)),
    // Whether both ends are of one address scope; and by which next hop it leaves a router with several gateways.
    on('subnetpool', ['address_scope_id'], found(floatingIpsOnPools)),
    on('subnet', ['subnetpool_id', 'gateway_ip'], found(floatingIpsOnNetworks, named('network_id'))),
    // Which hosts reach the external network.
    on('agent', ['configurations'], found(allFloatingIps)),
  ],
};

export { type Crossing, planCrossing, withCrossings } from './crossing.ts';
export {
  type FloatingIpRecord,
  type FloatingIpSource,
  floatingIpRecord,
  readFloatingIps,
  readTranslatedFloatingIps,
};
