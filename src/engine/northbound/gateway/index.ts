/** Routers' external gateways: the hosts that have them, and the routes that lead out. */
import { ROUTER_GATEWAY } from '../../../resources/index.ts';
import { type ChangeOf, found, itself, on } from '../dependency.ts';
import { routersOutOfNetworks, routersOutOfSubnets } from '../lookups.ts';
import type { Unit } from '../unit.ts';
import { planGateway } from './plan.ts';
import { type GatewaySource, readGateways } from './read.ts';
import { gatewayRecord } from './record.ts';

/** The routers whose gateways ports are, or were. */
const routersOfGateways = (changes: readonly ChangeOf<'port'>[]): string[] =>
  changes.flatMap(({ links }) => (links.device_owner.includes(ROUTER_GATEWAY) ? links.device_id : []));

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
