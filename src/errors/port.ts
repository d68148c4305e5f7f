/** What ports refuse: their addresses stand in `fixed-ips.ts`. */
import { BAD_REQUEST, catalogue, ON_BINDINGS, POLICY_FORBIDS } from './entry.ts';

const OF_PORTS = ['create_port', 'update_port'] as const;

export const portErrors = catalogue({
  attributeOfNetworkOwner: {
    ...POLICY_FORBIDS,
    message: '{attribute} may be set by the owner of network {network} or an administrator alone.',
    when: 'Somebody asks for what could harm others on a network that another project shares.',
    wayOut: 'Leave it out, or ask the network’s owner.',
    operations: OF_PORTS,
  },
  macInUse: {
    type: 'MacAddressInUse',
    status: 409,
    message: 'Unable to complete operation for network {network}. The mac address {mac} is in use.',
    when: 'Another port of the network has the MAC address.',
    wayOut: 'Choose another `mac_address`, or leave it out.',
    operations: [
      ...OF_PORTS,
      'create_router',
      'update_router',
      'add_external_gateways',
      'update_external_gateways',
      'add_router_interface',
    ],
  },
  noMacLeft: {
    type: 'MacAddressGenerationFailure',
    status: 503,
    message: 'Unable to generate unique mac on network {network}: give mac_address.',
    when: 'Many MAC addresses were tried at random, and ports of the network have them all.',
    wayOut: 'Give `mac_address`.',
    operations: [
      'create_port',
      'create_router',
      'update_router',
      'add_external_gateways',
      'update_external_gateways',
      'add_router_interface',
    ],
  },
  groupsWithoutSecurity: {
    type: 'PortSecurityPortHasSecurityGroup',
    status: 409,
    message:
      'Port has security_groups. Cannot have port_security_enabled=false with them: give security_groups=[] too.',
    when: 'Security groups are enforced by port security alone.',
    wayOut: 'Give `security_groups=[]` too, or leave port security on.',
    operations: OF_PORTS,
  },
  addressPairsWithoutSecurity: {
    type: 'AddressPairAndPortSecurityRequired',
    status: 409,
    message:
      'Port Security must be enabled in order to have allowed_address_pairs on a port: give allowed_address_pairs=[] too.',
    when: 'Without port security every source address is allowed anyway.',
    wayOut: 'Give `allowed_address_pairs=[]` too, or leave port security on.',
    operations: OF_PORTS,
  },
  isTrunkParent: {
    type: 'PortInUseAsTrunkParent',
    status: 409,
    message: 'Port {id} is currently a parent port for trunk {trunk}.',
    when: 'A port with a trunk is to be deleted, or a router’s.',
    wayOut: 'Delete the trunk first.',
    operations: ['delete_port', 'add_router_interface'],
  },
  isSubport: {
    type: 'PortInUseAsSubPort',
    status: 409,
    message: 'Port {id} is currently a subport for trunk {trunk}.',
    when: 'A subport of a trunk is to be deleted, or given to another owner.',
    wayOut: 'Take it off the trunk first: `remove_subports`.',
    operations: ['delete_port', 'update_port', 'add_router_interface'],
  },
  deviceOfRouter: {
    ...BAD_REQUEST,
    message:
      'Invalid input for device_id. Reason: port {id} is attached to router {router}: detach it there.',
    when: 'A router’s port is given to another device.',
    wayOut: 'Detach it with `remove_router_interface`.',
    operations: ['update_port'],
  },
  subnetsOfRouter: {
    ...BAD_REQUEST,
    message:
      'Invalid input for fixed_ips. Reason: port {id} is attached to router {router}: attach or detach subnets there; here each item must name a subnet_id that the port has.',
    when: 'A router’s port is given other subnets than it has.',
    wayOut: 'Use `add_router_interface` and `remove_router_interface`.',
    operations: ['update_port'],
  },
  ownerOfRouters: {
    ...BAD_REQUEST,
    message:
      "Invalid input for device_owner. Reason: '{deviceOwner}' is set by attaching the port to a router.",
    when: 'A port is to become a router’s without being attached to it.',
    wayOut: 'Use `add_router_interface`, or `external_gateway_info`.',
    operations: OF_PORTS,
  },
  isFloatingIp: {
    type: 'ServicePortInUse',
    status: 409,
    message:
      'Port {id} cannot be deleted directly via the port API: has device owner network:floatingip. To delete it, delete floating IP {floatingIp}.',
    when: 'The port has the address of a floating IP.',
    wayOut: 'Delete the floating IP.',
    operations: ['delete_port'],
  },
  isRouterInterface: {
    type: 'ServicePortInUse',
    status: 409,
    message:
      'Port {id} cannot be deleted directly via the port API: has device owner {deviceOwner}. To delete it, remove the interface from the router ({router}).',
    when: 'The port is an interface of a router.',
    wayOut: 'Use `remove_router_interface`.',
    operations: ['delete_port'],
  },
  isRouterGateway: {
    type: 'ServicePortInUse',
    status: 409,
    message:
      "Port {id} cannot be deleted directly via the port API: has device owner {deviceOwner}. To delete it, clear the router's external gateway ({router}).",
    when: 'The port is the external gateway of a router.',
    wayOut: 'Clear `external_gateway_info` of the router.',
    operations: ['delete_port'],
  },
  hardwareOnTunnels: {
    ...BAD_REQUEST,
    message:
      'Invalid input for binding:vnic_type. Reason: a {vnicType} port is on the physical network itself, and network {network} is a {type} network, which has none: choose one whose provider:network_type is vlan or flat, or leave binding:vnic_type normal.',
    when: 'A port of hardware is asked for on a network that hosts carry in tunnels, or not at all.',
    wayOut:
      'Use a VLAN or flat network, leave `binding:vnic_type` `normal`, or, for a card that takes over the switch’s flows, give the capability `switchdev` in `binding:profile`.',
    operations: OF_PORTS,
  },
  dhcpOption: {
    ...BAD_REQUEST,
    message: 'Invalid input for extra_dhcp_opts[{index}]. Reason: {reason}.',
    when: 'There is no such option of DHCPv6, or it cannot have this value.',
    wayOut: 'The reason says what it takes.',
    operations: OF_PORTS,
  },
  delegatedNotIpv6: {
    ...BAD_REQUEST,
    message:
      'Invalid input for {field}. Reason: {prefix} is not an IPv6 prefix: only those are delegated (RFC 8415).',
    when: 'An IPv4 prefix is to be delegated.',
    wayOut: 'Give an IPv6 prefix.',
    operations: OF_PORTS,
  },
  delegatedLength: {
    ...BAD_REQUEST,
    message:
      'Invalid input for {field}. Reason: {prefix} is not between /16 and /64: instances need a /64 for each of their links.',
    when: 'The instance could not give its links a /64.',
    wayOut: 'Give a /64 or a shorter prefix.',
    operations: OF_PORTS,
  },
  delegatedNotUnicast: {
    ...BAD_REQUEST,
    message:
      'Invalid input for {field}. Reason: {prefix} cannot be routed: give a unicast prefix that is not link-local.',
    when: 'The prefix is multicast or link-local.',
    wayOut: 'Give a routed unicast prefix.',
    operations: OF_PORTS,
  },
  delegatedOfServices: {
    ...BAD_REQUEST,
    message:
      'Invalid input for {field}. Reason: {prefix} overlaps with {services}, which services have on every network.',
    when: 'Instances have the metadata service and their name server there.',
    wayOut: 'Choose another prefix.',
    operations: OF_PORTS,
  },
  delegatedTwice: {
    ...BAD_REQUEST,
    message: 'Invalid input for {field}. Reason: {prefix} overlaps with {other}, which stands before it.',
    when: 'Two prefixes of the same list have addresses in common.',
    wayOut: 'Leave one of them out.',
    operations: OF_PORTS,
  },
  delegatedByAdministrator: {
    ...POLICY_FORBIDS,
    message:
      '{prefix} of delegated_prefixes is not unique-local (fc00::/7, RFC 4193): an administrator may give it to the port.',
    when: 'A project asks for a prefix that it was not given, and may be others’.',
    wayOut:
      'Choose a unique-local prefix, take one from a subnet pool that is shared, or have an administrator set it.',
    operations: OF_PORTS,
  },
  delegatedInUse: {
    type: 'DelegatedPrefixInUse',
    status: 409,
    message: 'Prefix {prefix} of delegated_prefixes overlaps with {other} of {holder}: choose another.',
    when: 'Routers would not know whom to lead the prefix to.',
    wayOut: 'Choose another prefix.',
    operations: OF_PORTS,
  },
  learnedByInstance: {
    ...BAD_REQUEST,
    message: "Invalid input for {field}. Reason: the port's instance has not taken {address}.",
    when: 'Somebody wants to add to the addresses that a port’s instance took for itself.',
    wayOut:
      'Name some of those that are there, or none: they are kept. Use `fixed_ips` to give it an address.',
    operations: ['update_port'],
  },
  notOfCompute: {
    ...BAD_REQUEST,
    message: 'Bad port request: Invalid port {id}. Operation only valid on compute ports.',
    when: 'The bindings of a port are asked for whose `device_owner` does not begin with `compute:`.',
    wayOut: 'Set `device_owner`, as a VIM does, or bind the port by its `binding:host_id`.',
    operations: ON_BINDINGS,
  },
  bindingExists: {
    type: 'PortBindingAlreadyExists',
    status: 409,
    message: 'Binding for port {id} on host {host} already exists.',
    when: 'The port has a binding to the host, active or not.',
    wayOut: 'Change that one with `PUT`, or activate it.',
    operations: ['create_port_binding'],
  },
  bindingActive: {
    type: 'PortBindingAlreadyActive',
    status: 409,
    message: 'Binding for port {id} on host {host} is already active.',
    when: 'The binding that is to be activated is the active one.',
    wayOut: 'None is needed.',
    operations: ['activate'],
  },
  noBinding: {
    type: 'PortBindingNotFound',
    status: 404,
    message: 'Binding for port {id} for host {host} could not be found.',
    when: 'The port has no binding to the host.',
    wayOut: 'Make it: `POST /v2.0/ports/ID/bindings`.',
    operations: ['show_port_binding', 'update_port_binding', 'delete_port_binding', 'activate'],
  },
  notBindable: {
    type: 'PortBindingError',
    status: 409,
    message: 'Binding for port {id} on host {host} could not be created or updated: {reason}.',
    when: 'The host cannot have the port; the reason says why.',
    wayOut: 'Bind the port to another host: `sextant host list` shows them.',
    operations: ['create_port_binding', 'activate'],
  },
});
