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
  otherFamily: {
    ...BAD_REQUEST,
    message:
      'Bad floatingip request: fixed_ip_address {address} is not of the version of the floating IP, which is {family}.',
    when: 'IPv4 would stand for IPv6, or the other way round.',
    wayOut: 'Give an address of the same version, or make a floating IP of the other one by `subnet_id`.',
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
