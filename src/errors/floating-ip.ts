/** What floating IPs refuse. */
import { BAD_REQUEST, catalogue } from './entry.ts';

const ASSOCIATING = ['create_floatingip', 'update_floatingip'] as const;

export const floatingIpErrors = catalogue({
  notExternal: {
    ...BAD_REQUEST,
    message: 'Bad floatingip request: Network {network} is not a valid external network.',
    when: 'The network is not one that routers have their gateways on.',
    wayOut: 'Choose a network with `router:external`.',
    operations: ['create_floatingip'],
  },
  noSubnet: {
    ...BAD_REQUEST,
    message: 'Bad floatingip request: Network {network} does not contain any subnet.',
    when: 'There is no subnet that the address could be taken from.',
    wayOut: 'Make a subnet on the external network, or choose another one.',
    operations: ['create_floatingip'],
  },
  addressWithoutPort: {
    ...BAD_REQUEST,
    message: 'Bad floatingip request: fixed_ip_address cannot be specified without a port_id.',
    when: 'It is not said of which port the address is.',
    wayOut: 'Give `port_id` too.',
    operations: ASSOCIATING,
  },
  notOfPort: {
    ...BAD_REQUEST,
    message: 'Bad floatingip request: Port {port} does not have fixed ip {address}.',
    when: 'The address is none of the port’s `fixed_ips`.',
    wayOut: 'Give one of them, or leave `fixed_ip_address` out.',
    operations: ASSOCIATING,
  },
  noNat64Prefix: {
    ...BAD_REQUEST,
    message:
      'Bad floatingip request: fixed_ip_address {address} is of IPv6 and the floating IP of IPv4, for which network {network} lacks nat64_prefix: by that the port would know who talks to it.',
    when: 'A floating IP of IPv4 is to stand for an address of IPv6 on a network that is not IPv6-mostly.',
    wayOut:
      'Give the network a `nat64_prefix`, or make a floating IP of IPv6 by `subnet_id`, or give an address of IPv4.',
    operations: ASSOCIATING,
  },
  gatewayWithoutIpv4: {
    ...BAD_REQUEST,
    message:
      'Bad floatingip request: fixed_ip_address {address} is not of the version of the floating IP, and the external gateway of router {router} lacks an address of IPv4, without which its host does not translate.',
    when: 'A floating IP is to stand for an address of the other version of IP, behind a router whose gateway has IPv6 alone.',
    wayOut: 'Give the router a gateway with an address of IPv4 too (`external_fixed_ips`).',
    operations: ASSOCIATING,
  },
  gatewayWithoutSnat: {
    ...BAD_REQUEST,
    message:
      'Bad floatingip request: fixed_ip_address {address} is of IPv6 and the floating IP of IPv4, but router {router} has enable_snat false: it leads what is for nat64_prefix on, and translates nothing.',
    when: 'A floating IP of IPv4 is to stand for an address of IPv6 behind a router that does not translate IPv4.',
    wayOut: 'Have an administrator set `enable_snat` of the router’s `external_gateway_info`.',
    operations: ASSOCIATING,
  },
  notToldApart: {
    ...BAD_REQUEST,
    message:
      'Bad floatingip request: floating IP {address} cannot be told from {other} by the translator of router {router}, as the last 28 bits of both are the same.',
    when: 'Two floating IPs of IPv4 that differ in their first four bits alone are to stand for addresses of IPv6 behind one router.',
    wayOut: 'Use another floating IP.',
    operations: ASSOCIATING,
  },
  severalAddresses: {
    ...BAD_REQUEST,
    message:
      'Bad floatingip request: Port {port} has multiple fixed IPv{family} addresses. Must provide a specific IPv{family} address when assigning a floating IP.',
    when: 'It is open which of the port’s addresses is meant.',
    wayOut: 'Give `fixed_ip_address`.',
    operations: ASSOCIATING,
  },
  noAddress: {
    ...BAD_REQUEST,
    message:
      'Bad floatingip request: Cannot add floating IP to port {port} that has no fixed {families} addresses.',
    when: 'The port has no address of the version of the floating IP.',
    wayOut: 'Give the port such an address, or choose another port.',
    operations: ASSOCIATING,
  },
  noRouter: {
    type: 'ExternalGatewayForFloatingIPNotFound',
    status: 404,
    message:
      'External network {network} is not reachable from subnet {subnet}. Therefore, cannot associate Port {port} with a Floating IP.',
    when: 'No router has an interface on the port’s subnet and its gateway on the external network.',
    wayOut: 'Attach the subnet to such a router first.',
    operations: ASSOCIATING,
  },
  portAlreadyAssociated: {
    type: 'FloatingIPPortAlreadyAssociated',
    status: 409,
    message:
      'Cannot associate floating IP {address} ({id}) with port {port} using fixed IP {fixedIp}, as that fixed IP already has a floating IP on external network {network}.',
    when: 'Another floating IP of the external network stands for the address.',
    wayOut: 'Take that one off first, or choose another address.',
    operations: [...ASSOCIATING, 'create_floatingip_port_forwarding'],
  },
});
