/** What routers refuse. */
import { BAD_REQUEST, catalogue, INVALID_INPUT, POLICY_FORBIDS } from './entry.ts';

/** What gives a router another gateway. */
const GATEWAYS = [
  'create_router',
  'update_router',
  'add_external_gateways',
  'update_external_gateways',
] as const;
/** What takes a gateway from a router. */
const LEAVING = ['update_router', 'update_external_gateways', 'remove_external_gateways'] as const;
/** What changes which gateways it has. */
const CHANGING = ['add_external_gateways', 'update_external_gateways', 'remove_external_gateways'] as const;
const ATTACHING = ['add_router_interface', ...GATEWAYS] as const;

export const routerErrors = catalogue({
  advertisedByAnother: {
    ...BAD_REQUEST,
    message:
      'Bad router request: IPv6 subnet {subnet} configured to receive RAs from an external router cannot be added to Neutron Router.',
    when: 'The subnet has `ipv6_address_mode` without `ipv6_ra_mode`: another router advertises it.',
    wayOut: 'Make the subnet with both modes.',
    operations: ATTACHING,
  },
  gatewayOfAdmins: {
    ...POLICY_FORBIDS,
    message: '(rule:admin_only) {key} of external_gateway_info may be set by administrators alone.',
    when: 'Somebody without the role admin chooses an address on the external network, or turns SNAT on or off.',
    wayOut: 'Give `network_id` alone, or ask an administrator.',
    operations: GATEWAYS,
  },
  attachesDelegated: {
    type: 'DelegatedPrefixInUse',
    status: 409,
    message:
      'Subnet {subnet} overlaps with {prefix}, which router {router} leads to a port: take that from its delegated_prefixes first.',
    when: 'The router leads a prefix that is delegated to an instance to its port.',
    wayOut: 'Take the prefix from the port, or choose another subnet.',
    operations: ATTACHING,
  },
  alreadyAttached: {
    ...BAD_REQUEST,
    message: 'Bad router request: Router {router} already has a port on subnet {subnet}.',
    when: 'The router is attached to the subnet.',
    wayOut: 'None is needed.',
    operations: ATTACHING,
  },
  overlaps: {
    ...BAD_REQUEST,
    message:
      'Bad router request: Cidr {prefix} of subnet {subnet} overlaps with cidr {other} of subnet {otherSubnet}.',
    when: 'The router would not know on which of two subnets an address is.',
    wayOut: 'Use another router, or another prefix.',
    operations: ATTACHING,
  },
  noGateway: {
    ...BAD_REQUEST,
    message:
      'Bad router request: Subnet for router interface must have a gateway IP: set gateway_ip of subnet {subnet}, or attach a port.',
    when: 'It is open which address of the subnet the router is to have.',
    wayOut: 'Set `gateway_ip` of the subnet, or attach a port.',
    operations: ['add_router_interface'],
  },
  gatewayOfOthers: {
    ...POLICY_FORBIDS,
    message:
      'The router would take the gateway_ip of subnet {subnet}, which is for the owner of network {network}: attach a port of your own instead.',
    when: 'The network is another project’s that shares it.',
    wayOut: 'Make a port there, and attach that.',
    operations: ['add_router_interface'],
  },
  portInUse: {
    type: 'PortInUse',
    status: 409,
    message:
      'Unable to complete operation on port {port} for network {network}. Port already has an attached device {device}.',
    when: 'The port is an instance’s or a router’s.',
    wayOut: 'Attach another port.',
    operations: ['add_router_interface'],
  },
  portWithoutAddress: {
    ...BAD_REQUEST,
    message: 'Bad router request: Router port {port} must have at least one fixed IP: set its fixed_ips.',
    when: 'The port has no address that the router could have.',
    wayOut: 'Set `fixed_ips` of the port.',
    operations: ['add_router_interface'],
  },
  severalIpv4: {
    ...BAD_REQUEST,
    message: 'Bad router request: Cannot have multiple IPv4 subnets on router port.',
    when: 'The port has addresses of more than one IPv4 subnet.',
    wayOut: 'Attach a port for each.',
    operations: ['add_router_interface'],
  },
  severalIpv6Ports: {
    ...BAD_REQUEST,
    message:
      'Bad router request: Cannot have multiple IPv6 subnets router ports on network {network}: add the prefix to the port that is there.',
    when: 'The router has a port with IPv6 addresses on the network: that one carries all prefixes.',
    wayOut: 'Attach the subnet, not a port.',
    operations: ['add_router_interface'],
  },
  subnetOrPort: {
    ...BAD_REQUEST,
    message: 'Bad router request: Either subnet_id or port_id must be specified, and not both.',
    when: 'Both or neither are given.',
    wayOut: 'Give one of them.',
    operations: ['add_router_interface'],
  },
  neitherSubnetNorPort: {
    ...BAD_REQUEST,
    message: 'Bad router request: Either subnet_id or port_id must be specified.',
    when: 'Neither is given.',
    wayOut: 'Give one of them, or both.',
    operations: ['remove_router_interface'],
  },
  interfaceNotFound: {
    type: 'RouterInterfaceNotFound',
    status: 404,
    message: 'Router {router} does not have an interface with {what}.',
    when: 'The router is not attached to the subnet, or the port is not its.',
    wayOut: 'List the router’s ports: `GET /v2.0/ports?device_id=ID`.',
    operations: ['remove_router_interface'],
  },
  subnetNotOnPort: {
    type: 'SubnetMismatchForPort',
    status: 409,
    message: 'Subnet {subnet} is not on port {port}.',
    when: 'Both are given, and the port has no address of the subnet.',
    wayOut: 'Give one of them.',
    operations: ['remove_router_interface'],
  },
  interfaceInUseByRoute: {
    type: 'RouterInterfaceInUseByRoute',
    status: 409,
    message:
      'Router interface for subnet {subnet} on router {router} cannot be deleted, as it is required by the route via {nexthop}: remove that route first.',
    when: 'The next hop of a static route would no longer be reached.',
    wayOut: 'Remove the route first.',
    operations: ['remove_router_interface'],
  },
  interfaceInUseByFloatingIp: {
    type: 'RouterInterfaceInUseByFloatingIP',
    status: 409,
    message:
      'Router interface for subnet {subnet} on router {router} cannot be deleted, as it is required by one or more floating IPs.',
    when: 'A floating IP stands for a port on the subnet, by this router.',
    wayOut:
      'Take the floating IPs off their ports first; for other versions of IP, leave the gateway an address of IPv4, and `enable_snat`.',
    operations: ['remove_router_interface'],
  },
  gatewayInUseByFloatingIp: {
    type: 'RouterExternalGatewayInUseByFloatingIp',
    status: 409,
    message:
      'Gateway cannot be updated for router {id}, since a gateway to external network {network} is required by one or more floating IPs.',
    when: 'A floating IP that stands for a port would no longer be reached, or not be translated to another version of IP.',
    wayOut:
      'Take the floating IPs off their ports first; for other versions of IP, leave the gateway an address of IPv4, and `enable_snat`.',
    operations: LEAVING,
  },
  interfaceInUseByAnycast: {
    type: 'RouterInterfaceInUseByAnycastAddress',
    status: 409,
    message:
      'Router interface for {prefixes} on router {router} cannot be deleted, as port {port} serves anycast address {anycastAddress} there: take the port off the anycast address first.',
    when: 'A member of an anycast address would no longer be reached.',
    wayOut: 'Take the port off the anycast address first.',
    operations: ['remove_router_interface'],
  },
  routeFamilies: {
    type: 'InvalidRoutes',
    status: 400,
    message: 'Invalid format for routes: [{route}], destination and nexthop are of different IP versions.',
    when: 'A static route mixes IPv4 and IPv6.',
    wayOut: 'Give a next hop of the destination’s version.',
    operations: ['update_router', 'add_extraroutes', ...CHANGING],
  },
  routeLinkUnclear: {
    type: 'InvalidRoutes',
    status: 400,
    message:
      'Invalid format for routes: [{route}], the link-local nexthop needs exactly one attached IPv6 network, and the router has {count}.',
    when: 'A link-local address means something on one link alone (RFC 4007 section 6).',
    wayOut: 'Give a next hop that is not link-local.',
    operations: ['update_router', 'add_extraroutes', ...CHANGING],
  },
  routeNotConnected: {
    type: 'InvalidRoutes',
    status: 400,
    message:
      'Invalid format for routes: [{route}], the nexthop is not connected with router: attach its subnet first.',
    when: 'The next hop is on no subnet of the router’s.',
    wayOut: 'Attach its subnet first.',
    operations: ['update_router', 'add_extraroutes', ...CHANGING],
  },
  addressOfGateway: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: external_fixed_ips: IP {address} is the gateway_ip of subnet {subnet}: choose another ip_address.',
    when: 'The router would have the address of the router that it is to lead to.',
    wayOut: 'Choose another `ip_address`.',
    operations: GATEWAYS,
  },
  nextHopNotLinkLocal: {
    ...INVALID_INPUT,
    message:
      "Invalid input for operation: ipv6_next_hop: {address} is not a link-local IPv6 address: for another, set gateway_ip of the external network's subnet, or add a route.",
    when: 'The next hop is not one that is found on the external network without a subnet there.',
    wayOut: 'Give an address of fe80::/10.',
    operations: ['create_router', 'update_router'],
  },
  gatewaysUnclear: {
    type: 'UnableToMatchGateways',
    status: 400,
    message:
      'Unable to match a requested gateway port to existing gateway ports for router {id}: several are on network {network}, name one by its external_fixed_ips.',
    when: 'Several gateways of the router are on the network, and which is meant is open.',
    wayOut: 'Give `external_fixed_ips` of the one.',
    operations: ['update_external_gateways', 'remove_external_gateways'],
  },
  gatewayNotThere: {
    type: 'UnableToMatchGateways',
    status: 400,
    message:
      'Unable to match a requested gateway port to existing gateway ports for router {id}: none of its gateways is on network {network} with such external_fixed_ips.',
    when: 'The router has no such gateway.',
    wayOut: 'Look at `external_gateways` of the router.',
    operations: ['remove_external_gateways'],
  },
  tooManyGateways: {
    type: 'UnableToAddExtraGateways',
    status: 409,
    message: 'Unable to add extra gateways to a router {id}: it would have {count}, and {most} are the most.',
    when: 'A router has as many external gateways as it may have.',
    wayOut: 'Remove one first, or use another router.',
    operations: ['add_external_gateways'],
  },
  snatDiffers: {
    ...BAD_REQUEST,
    message:
      'Bad router request: external_gateways: enable_snat {value} of network {network} is not that of router {id}: all its gateways have the same.',
    when: 'A gateway that is added or changed is to translate, and the first is not, or the other way round.',
    wayOut: 'Leave `enable_snat` out, or change `external_gateway_info`.',
    operations: ['add_external_gateways', 'update_external_gateways'],
  },
  needsOneGateway: {
    type: 'RouterGatewaysInUse',
    status: 409,
    message: 'Router {id} cannot have several external gateways and {what}.',
    when: 'What leaves by one external gateway would leave by another, too, and not be right there.',
    wayOut: 'Use a router with one external gateway for that.',
    operations: [
      ...GATEWAYS,
      'create_nptv6_translation',
      'create_floatingip',
      'update_floatingip',
      'create_floatingip_port_forwarding',
      'update_floatingip_port_forwarding',
    ],
  },
  translatesAndIsClosed: {
    type: 'RouterTranslatesPrefixes',
    status: 409,
    message:
      'Router {id} cannot both translate prefixes (NPTv6) and let in nothing but answers (egress_only_ipv6).',
    when: 'Packet Too Big would not come back through the translation.',
    wayOut: 'Set `egress_only_ipv6` to false, or delete the router’s NPTv6 translations.',
    operations: ['update_router', 'create_nptv6_translation'],
  },
  hasPorts: {
    type: 'RouterInUse',
    status: 409,
    message: 'Router {id} still has ports, for instance {port}: remove its interfaces first.',
    when: 'The router is attached to subnets.',
    wayOut: 'Use `remove_router_interface` for each.',
    operations: ['delete_router'],
  },
  hasAnycastAddress: {
    type: 'RouterInUse',
    status: 409,
    message: 'Router {id} leads to anycast address {address}: delete anycast address {anycastAddress} first.',
    when: 'The router leads to an anycast address.',
    wayOut: 'Delete the anycast address first.',
    operations: ['delete_router'],
  },
});
