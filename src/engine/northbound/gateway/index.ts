/** Routers' external gateways: the hosts that have them, and the routes that lead out. */
import { found, itself, on } from '../dependency.ts';
import { routersOutOfNetworks, routersOutOfSubnets } from '../lookups.ts';
import type { Unit } from '../unit.ts';
import { planGateways } from './plan.ts';
import { type GatewaySource, readGateways } from './read.ts';
import { gatewaysRecord } from './record.ts';

export const gatewayUnit: Unit<GatewaySource> = {
  kind: 'gateway',
  table: 'routers',
  read: readGateways,
  plan: (source) => planGateways(gatewaysRecord(source)),
  dependsOn: [
    on(
      'router',
      [
        'gateway_hosts',
        'ipv6_next_hop',
        // Which there are, and which is the first.
        'external_gateways',
        'enable_default_route_ecmp',
      ],
      itself,
    ),
    on('network', ['heard_routers'], found(routersOutOfNetworks)),
    // The way out is by the gateway of the external subnet.
    on('subnet', ['gateway_ip'], found(routersOutOfSubnets)),
  ],
};
