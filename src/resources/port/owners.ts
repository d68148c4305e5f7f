/** Device owners that mean something to Sextant (Neutron's constants). */

export const ROUTER_INTERFACE = 'network:router_interface';
export const ROUTER_GATEWAY = 'network:router_gateway';
/** The port that has a floating IP's address on its network. */
export const FLOATING_IP = 'network:floatingip';

/** The port that has the addresses of a host that speaks BGP on an external network. */
export const BGP_SPEAKER = 'network:bgp_speaker';

/** A port that the instance of another port uses, too, by a VLAN. */
export const TRUNK_SUBPORT = 'trunk:subport';

/** Ports that a router owns. They may hold a subnet's all-zeros address and never get implicit addresses. */
export const routerOwners: ReadonlySet<string> = new Set([
  ROUTER_INTERFACE,
  ROUTER_GATEWAY,
  'network:router_interface_distributed',
  'network:ha_router_replicated_interface',
  'network:router_centralized_snat',
]);

/** Ports that do not keep a network or subnet from being deleted. */
export const AUTO_DELETED_OWNERS: ReadonlySet<string> = new Set([
  'network:dhcp',
  'network:distributed',
  BGP_SPEAKER,
]);
