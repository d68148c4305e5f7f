/** Routers' external gateways: the hosts that have them, and the routes that lead out. */
import { found, itself, on } from '../dependency.ts';
import { routersOutOfNetworks, routersOutOfSubnets } from '../lookups.ts';
import { routersOfGateways } from '../router-ports.ts';
import type { Unit } from '../unit.ts';
import { planGateway } from './plan.ts';
import { type GatewaySource, readGateways } from './read.ts';
import { gatewayRecord } from './record.ts';

export const gatewayUnit: Unit<GatewaySource> = {
  kind: 'gateway',
  table: 'routers',
  read: readGateways,
  plan: (source) => planGateway(gatewayRecord(source)),
  dependsOn: [
    on('router', ['gateway_hosts', 'ipv6_next_hop'], itself),
    on('port', [], routersOfGateways),
    on('network', ['heard_routers'], found(routersOutOfNetworks)),
    // The way out is by the gateway of the external subnet.
    on('subnet', ['gateway_ip'], found(routersOutOfSubnets)),
  ],
};
