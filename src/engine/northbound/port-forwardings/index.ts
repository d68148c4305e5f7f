/** Port forwardings: what of floating IPs leads to ports of instances, as load balancers of their router. */
import { found, itself, named, on } from '../dependency.ts';
import { forwardingIpsOfRouters, forwardingIpsOnNetworks, forwardingIpsOnPools } from '../lookups.ts';
import type { Unit } from '../unit.ts';
import { planForwardings } from './plan.ts';
import { type ForwardingsSource, readForwardings } from './read.ts';

export const portForwardingsUnit: Unit<ForwardingsSource> = {
  kind: 'port_forwardings',
  table: 'floatingips',
  read: readForwardings,
  plan: planForwardings,
  dependsOn: [
    on('floatingip', ['port_forwardings'], itself),
    // Whether both ends are of one address scope.
    on('subnetpool', ['address_scope_id'], found(forwardingIpsOnPools)),
    on('subnet', ['subnetpool_id'], found(forwardingIpsOnNetworks, named('network_id'))),
    // By which port what passes between them leaves.
    on('router', ['external_gateway_info'], found(forwardingIpsOfRouters)),
  ],
};
