/** The rows of a router's gateways. Pure. */
import type { PlannedRow } from '../../reconciler/plan.ts';
import { HIGHEST_PRIORITY, routerPortName, routerPortRef, routerRef } from '../names.ts';
import type { GatewayRecord, GatewaysRecord } from './record.ts';

/**
 * A gateway is the hosts that it may be on, and the routes that lead out by it; its port is a unit of its own. Several
 * default routes share the flows: OVN tells flows apart by the addresses and ports that it hashes.
 */
export const planGateways = (router: GatewaysRecord): PlannedRow[] => [
  ...router.gateways.flatMap(hosts),
  ...router.gateways.flatMap((gateway, index) =>
    index === 0 || router.isSpread ? defaultRoutes(router.routerId, gateway, index === 0) : [],
  ),
];

/** northd makes a group of them, whose hosts watch each other by BFD (RFC 5880). */
const hosts = ({ portId, chassis }: GatewayRecord, gateway: number): PlannedRow[] =>
  chassis.map((name, index) => ({
    table: 'Gateway_Chassis',
    key: gateway === 0 ? `chassis/${name}` : `chassis/${name}/${portId}`,
    columns: {
      name: `${routerPortName(portId)}_${name}`,
      chassis_name: name,
      priority: HIGHEST_PRIORITY - index,
    },
    parent: routerPortRef(portId),
  }));

function defaultRoutes(
  routerId: string,
  { portId, nextHops }: GatewayRecord,
  isFirst: boolean,
): PlannedRow[] {
  return nextHops.map((nexthop) => ({
    table: 'Logical_Router_Static_Route',
    key: isFirst ? `default/${nexthop.family}` : `default/${nexthop.family}/${portId}`,
    columns: {
      ip_prefix: nexthop.family === 4 ? '0.0.0.0/0' : '::/0',
      nexthop: nexthop.toString(),
      // A link-local one means nothing without it.
      output_port: routerPortName(portId),
    },
    parent: routerRef(routerId),
  }));
}
