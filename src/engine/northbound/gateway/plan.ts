/** The rows of a router's gateway. Pure. */
import type { PlannedRow } from '../../reconciler/plan.ts';
import { HIGHEST_PRIORITY, routerPortName, routerPortRef, routerRef } from '../names.ts';
import type { GatewayRecord } from './record.ts';

/** A gateway is the hosts that it may be on, and the routes that lead out by it; its port is a unit of its own. */
export const planGateway = (gateway: GatewayRecord): PlannedRow[] => [
  ...hosts(gateway),
  ...defaultRoutes(gateway),
];

/** northd makes a group of them, whose hosts watch each other by BFD (RFC 5880). */
const hosts = ({ portId, chassis }: GatewayRecord): PlannedRow[] =>
  chassis.map((name, index) => ({
    table: 'Gateway_Chassis',
    key: `chassis/${name}`,
    columns: {
      name: `${routerPortName(portId)}_${name}`,
      chassis_name: name,
      priority: HIGHEST_PRIORITY - index,
    },
    parent: routerPortRef(portId),
  }));

const defaultRoutes = ({ routerId, portId, nextHops }: GatewayRecord): PlannedRow[] =>
  nextHops.map((nexthop) => ({
    table: 'Logical_Router_Static_Route',
    key: `default/${nexthop.family}`,
    columns: {
      ip_prefix: nexthop.family === 4 ? '0.0.0.0/0' : '::/0',
      nexthop: nexthop.toString(),
      // A link-local one means nothing without it.
      output_port: routerPortName(portId),
    },
    parent: routerRef(routerId),
  }));
