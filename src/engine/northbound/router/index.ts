/** Routers: logical routers with their limits, routes and translations. */
import { found, itself, named, on } from '../dependency.ts';
import { routersBehindNetworks, routersOnNetworks, routersOnPools } from '../lookups.ts';
import { routersOfPorts } from '../router-ports.ts';
import type { Unit } from '../unit.ts';
import { planRouter } from './plan.ts';
import { type RouterSource, readRouters } from './read.ts';
import { routerRecord } from './record.ts';

export const routerUnit: Unit<RouterSource> = {
  kind: 'router',
  table: 'routers',
  read: readRouters,
  plan: (source) => planRouter(routerRecord(source)),
  dependsOn: [
    on(
      'router',
      ['admin_state_up', 'external_gateway_info', 'routes', 'multicast_relay', 'prefix_delegation'],
      itself,
    ),
    on('port', ['fixed_ips', 'device_owner'], routersOfPorts),
    // Address scopes, and what is translated between them.
    on('subnetpool', ['address_scope_id'], found(routersOnPools)),
    on('subnet', ['subnetpool_id'], found(routersOnNetworks, named('network_id'))),
    on('network', ['nat64_prefix'], found(routersBehindNetworks)),
  ],
};
