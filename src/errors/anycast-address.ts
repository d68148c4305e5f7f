/** What anycast addresses refuse. */
import { BAD_REQUEST, catalogue, INVALID_INPUT, POLICY_FORBIDS } from './entry.ts';

const CHANGES = ['create_anycast_address', 'update_anycast_address'] as const;

export const anycastAddressErrors = catalogue({
  isIpv4: {
    ...BAD_REQUEST,
    message:
      'Invalid input for address. Reason: {address} is an IPv4 address: anycast addresses are of IPv6.',
    when: 'The address is one of IPv4.',
    wayOut: 'Choose an IPv6 address.',
    operations: ['create_anycast_address'],
  },
  notUnicast: {
    ...BAD_REQUEST,
    message:
      'Invalid input for address. Reason: {address} is no unicast address that a router forwards to: choose a global or unique local one.',
    when: 'The address is multicast, loopback, unspecified or link-local.',
    wayOut: 'Choose a global or unique local one.',
    operations: ['create_anycast_address'],
  },
  byAdministrator: {
    ...POLICY_FORBIDS,
    message:
      '{address} is not unique-local (fc00::/7, RFC 4193), and may be another’s: an administrator may make an anycast address of it.',
    when: 'A project asks for an address that it was not given.',
    wayOut: 'Choose a unique-local address, or have an administrator make it.',
    operations: ['create_anycast_address'],
  },
  ofServices: {
    ...BAD_REQUEST,
    message:
      'Invalid input for address. Reason: {address} is in {services}, where networks have their services.',
    when: 'Instances have the metadata service and their name server there.',
    wayOut: 'Choose another address.',
    operations: ['create_anycast_address'],
  },
  onLink: {
    ...INVALID_INPUT,
    message:
      "Invalid input for operation: address {address} is on {prefix} of subnet {subnet}, which is attached to the router: hosts there would look for it on their link. Choose an address outside of the router's subnets.",
    when: 'The address is on a subnet that the router is attached to, or would be.',
    wayOut: 'Choose an address outside of the router’s subnets.',
    operations: [
      'create_anycast_address',
      'add_router_interface',
      'create_router',
      'update_router',
      'add_external_gateways',
      'update_external_gateways',
    ],
  },
  hasRoute: {
    type: 'AnycastAddressInUse',
    status: 409,
    message:
      'Address {address} has a static route via {nexthop} on the router: remove it, or choose another address.',
    when: 'A static route of the router leads to the very address.',
    wayOut: 'Remove the route, or choose another address.',
    operations: ['create_anycast_address', 'update_router'],
  },
  exists: {
    type: 'AnycastAddressInUse',
    status: 409,
    message: 'Router {router} already leads to anycast address {address}: add ports to that one.',
    when: 'The router has this anycast address.',
    wayOut: 'Add ports to that one.',
    operations: ['create_anycast_address'],
  },
  portMissing: {
    ...BAD_REQUEST,
    message: "Invalid input for health_check. Reason: 'port' is missing: type tcp connects to one.",
    when: 'A check by TCP has no port.',
    wayOut: 'Give `port`.',
    operations: CHANGES,
  },
  portOfIcmp: {
    ...BAD_REQUEST,
    message: 'Invalid input for health_check.port. Reason: {port} is for type tcp; icmp has no ports.',
    when: 'A check by ICMP has a port.',
    wayOut: 'Leave `port` out, or give `type` `tcp`.',
    operations: CHANGES,
  },
  timeout: {
    ...BAD_REQUEST,
    message:
      'Invalid input for health_check.timeout. Reason: {timeout} is more than the interval of {interval} seconds.',
    when: 'A check would begin before the one before it ended.',
    wayOut: 'Give a shorter `timeout`, or a longer `interval`.',
    operations: CHANGES,
  },
  portOfOtherProject: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: port {port} in port_ids is of project {project}, and the anycast address of {anycastProject}.',
    when: 'The port is another project’s than the anycast address.',
    wayOut: 'Make the anycast address in the port’s project.',
    operations: CHANGES,
  },
  portOfNoInstance: {
    ...INVALID_INPUT,
    message:
      "Invalid input for operation: port {port} in port_ids is no instance's, but has device_owner {deviceOwner}.",
    when: 'The port is a router’s.',
    wayOut: 'Name ports of instances.',
    operations: CHANGES,
  },
  sourceOnOthersNetwork: {
    ...POLICY_FORBIDS,
    message:
      'The anycast address would be one more source of port {port}, which the owner of network {network} or an administrator alone may allow.',
    when: 'The port is on a network that another project shares.',
    wayOut: 'Ask the network’s owner.',
    operations: CHANGES,
  },
  portNotAttached: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: port {port} in port_ids has no IPv6 address on a subnet that router {router} is attached to.',
    when: 'The router could not reach the port’s instance.',
    wayOut: 'Attach the port’s subnet to the router first.',
    operations: CHANGES,
  },
  routerOfOtherProject: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: router {router} in router_id is of project {project}, and the anycast address of {anycastProject}.',
    when: 'The router is another project’s than the anycast address.',
    wayOut: 'Make the anycast address in the router’s project.',
    operations: ['create_anycast_address'],
  },
});
