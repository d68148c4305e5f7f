/** What ports of routers that change, or were such, lead to: as dependencies of units look for it. Pure. */
import { ROUTER_GATEWAY, ROUTER_INTERFACE } from '../../resources/index.ts';
import type { ChangeOf } from './dependency.ts';
import { isRouters } from './lookups.ts';

type PortChanges = readonly ChangeOf<'port'>[];

/** The routers that ports belong to, or did. */
export const routersOfPorts = (changes: PortChanges): string[] =>
  changes.flatMap(({ links }) => (links.device_owner.some(isRouters) ? links.device_id : []));

/** The routers whose interfaces ports are, or were. */
export const routersOfInterfaces = (changes: PortChanges): string[] =>
  changes.flatMap(({ links }) => (links.device_owner.includes(ROUTER_INTERFACE) ? links.device_id : []));

/** The routers whose gateways ports are, or were. */
export const routersOfGateways = (changes: PortChanges): string[] =>
  changes.flatMap(({ links }) => (links.device_owner.includes(ROUTER_GATEWAY) ? links.device_id : []));

/** The networks on which ports are, or were, a router's interface. */
export const networksOfInterfaces = (changes: PortChanges): string[] =>
  changes.flatMap(({ links }) => (links.device_owner.includes(ROUTER_INTERFACE) ? links.network_id : []));
