/** Device owners that mean something to Sextant (Neutron's constants). */

export const routerInterface = 'network:router_interface';
export const routerGateway = 'network:router_gateway';

/** Ports that a router owns. They may hold a subnet's all-zeros address and never get implicit addresses. */
export const routerOwners: ReadonlySet<string> = new Set([
  routerInterface,
  routerGateway,
  'network:router_interface_distributed',
  'network:ha_router_replicated_interface',
  'network:router_centralized_snat',
]);

/** Ports that do not keep a network or subnet from being deleted. */
export const autoDeletedOwners: ReadonlySet<string> = new Set(['network:dhcp', 'network:distributed']);
