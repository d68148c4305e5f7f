/** What subnets refuse. */
import { BAD_REQUEST, catalogue, INVALID_INPUT, POLICY_FORBIDS } from './entry.ts';

export const subnetErrors = catalogue({
  noPrefix: {
    ...BAD_REQUEST,
    message:
      'Bad subnets request: a subnetpool must be specified in the absence of a cidr: give one of them.',
    when: 'The subnet has no prefix, and no pool to take one from.',
    wayOut: 'Give `cidr`, `subnetpool_id` or `use_default_subnetpool`.',
    operations: ['create_subnet'],
  },
  notNetworkOwner: {
    ...POLICY_FORBIDS,
    message: 'Only the owner of network {network} or an administrator can make subnets on it.',
    when: 'The network is another project’s that shares it.',
    wayOut: 'Ask its owner.',
    operations: ['create_subnet', 'onboard_network_subnets'],
  },
  otherIpVersion: {
    ...INVALID_INPUT,
    message: "Invalid input for operation: cidr '{prefix}' does not match the ip_version '{version}'.",
    when: 'The prefix is of the other IP version.',
    wayOut: 'Give the `ip_version` of the `cidr`.',
    operations: ['create_subnet'],
  },
  everything: {
    ...INVALID_INPUT,
    message: "Invalid input for operation: cidr '{prefix}' with a prefix length of 0 is not a subnet.",
    when: 'The prefix has all addresses there are.',
    wayOut: 'Give a longer one.',
    operations: ['create_subnet'],
  },
  unspecified: {
    ...INVALID_INPUT,
    message:
      "Invalid input for operation: cidr '{prefix}' has the unspecified address as its network address.",
    when: 'The prefix begins with the address that means none.',
    wayOut: 'Give another prefix.',
    operations: ['create_subnet'],
  },
  multicast: {
    ...INVALID_INPUT,
    message:
      "Invalid input for operation: cidr '{prefix}' is multicast (RFC 4291 section 2.7): use a unicast prefix.",
    when: 'The addresses of the prefix are those of groups.',
    wayOut: 'Use a unicast prefix.',
    operations: ['create_subnet'],
  },
  loopback: {
    ...INVALID_INPUT,
    message: "Invalid input for operation: cidr '{prefix}' is loopback: it never leaves a host.",
    when: 'Hosts send what is for the prefix to themselves.',
    wayOut: 'Use another prefix.',
    operations: ['create_subnet'],
  },
  linkLocal: {
    ...INVALID_INPUT,
    message:
      "Invalid input for operation: cidr '{prefix}' is link-local: every IPv6 interface has such an address anyway, and none is routed (RFC 4291 section 2.5.6).",
    when: 'The prefix is in `fe80::/10` or `169.254.0.0/16`.',
    wayOut: 'Leave the subnet out, or use another prefix.',
    operations: ['create_subnet'],
  },
  mappedV4: {
    ...INVALID_INPUT,
    message: "Invalid input for operation: cidr '{prefix}' is for IPv4-mapped addresses: use ip_version 4.",
    when: 'The prefix overlaps with `::ffff:0:0/96`.',
    wayOut: 'Make an IPv4 subnet.',
    operations: ['create_subnet'],
  },
  ofServices: {
    ...INVALID_INPUT,
    message:
      "Invalid input for operation: cidr '{prefix}' overlaps with {services}, which services have on every network: choose another prefix.",
    when: 'Instances have the metadata service and their name server there, or routers their translators of IPv6 to IPv4.',
    wayOut: 'Choose another prefix.',
    operations: ['create_subnet'],
  },
  tooSmallForDhcp: {
    ...INVALID_INPUT,
    message:
      "Invalid input for operation: cidr '{prefix}': Subnet has a prefix length that is incompatible with DHCP service enabled.",
    when: 'The prefix has one or two addresses, and `enable_dhcp` is true.',
    wayOut: 'Give a shorter prefix, or `enable_dhcp=false`.',
    operations: ['create_subnet'],
  },
  delegatedModes: {
    ...BAD_REQUEST,
    message:
      'Bad subnets request: subnetpool_id prefix_delegation is for IPv6, with ipv6_ra_mode and ipv6_address_mode both slaac or both dhcpv6-stateless: when the prefix changes, instances must form their addresses anew by themselves.',
    when: 'A provider is to delegate the prefix of a subnet whose instances do not form their addresses themselves.',
    wayOut: 'Give both modes, or a `cidr` or a subnet pool.',
    operations: ['create_subnet'],
  },
  followsDelegation: {
    ...BAD_REQUEST,
    message:
      'Bad subnets request: {attribute} follows from the prefix that a provider delegates (subnetpool_id prefix_delegation): leave it out.',
    when: 'What depends on the prefix is given for a subnet whose prefix a provider delegates.',
    wayOut: 'Leave it out, or give a `cidr` or a subnet pool in place of `prefix_delegation`.',
    operations: ['create_subnet', 'update_subnet'],
  },
  notSlash64: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: Invalid CIDR {prefix} for IPv6 address mode. OpenStack uses the EUI-64 address format, which requires the prefix to be /64.',
    when: 'Instances are to form their addresses themselves in a prefix that is no /64.',
    wayOut: 'Give a /64, or the mode `dhcpv6-stateful`.',
    operations: ['create_subnet'],
  },
  overlaps: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: Requested subnet with cidr: {prefix} for network: {network} overlaps with another subnet: {other} ({otherId}). Choose another cidr.',
    when: 'A subnet of the same network has some of these addresses.',
    wayOut: 'Choose another `cidr`.',
    operations: ['create_subnet'],
  },
  gatewayOfOtherVersion: {
    ...INVALID_INPUT,
    message:
      "Invalid input for operation: gateway_ip '{gateway}' is not an IPv{version} address, as subnet {prefix} needs.",
    when: 'The gateway is of the other IP version.',
    wayOut: 'Give an address of the subnet’s.',
    operations: ['create_subnet', 'update_subnet'],
  },
  gatewayNotUnicast: {
    ...INVALID_INPUT,
    message:
      "Invalid input for operation: gateway_ip '{gateway}' is not a unicast address that a router can have.",
    when: 'The gateway is multicast, loopback or unspecified.',
    wayOut: 'Give a unicast address.',
    operations: ['create_subnet', 'update_subnet'],
  },
  gatewayNotAHost: {
    ...INVALID_INPUT,
    message:
      "Invalid input for operation: Gateway is not valid on subnet: gateway_ip '{gateway}' is the network or broadcast address of {prefix}.",
    when: 'An IPv4 gateway has the first or last address of the prefix.',
    wayOut: 'Give another address.',
    operations: ['create_subnet', 'update_subnet'],
  },
  gatewayInUse: {
    type: 'GatewayIpInUse',
    status: 409,
    message:
      'Current gateway ip {gateway} already in use by port {port}. Unable to update gateway_ip: detach the router first.',
    when: 'A router has the gateway address that would be changed.',
    wayOut: 'Detach the router first.',
    operations: ['update_subnet'],
  },
  poolOfOtherVersion: {
    type: 'InvalidAllocationPool',
    status: 400,
    message:
      'The allocation pool {start}-{end} is not valid: allocation_pools of {prefix} must be IPv{version}.',
    when: 'The pool has an address of the other IP version.',
    wayOut: 'Give addresses of the subnet’s.',
    operations: ['create_subnet', 'update_subnet'],
  },
  poolReversed: {
    type: 'InvalidAllocationPool',
    status: 400,
    message: 'The allocation pool {start}-{end} is not valid: its start is above its end.',
    when: 'The pool ends before it starts.',
    wayOut: 'Swap the two.',
    operations: ['create_subnet', 'update_subnet'],
  },
  poolOutOfBounds: {
    type: 'OutOfBoundsAllocationPool',
    status: 400,
    message:
      'The allocation pool {start}-{end} spans beyond the subnet cidr {prefix}: allocation_pools must lie in {bounds}.',
    when: 'The pool has an address that no host of the subnet can have.',
    wayOut: 'Stay within the bounds that the message names.',
    operations: ['create_subnet', 'update_subnet'],
  },
  poolsOverlap: {
    type: 'OverlappingAllocationPools',
    status: 409,
    message: 'Found overlapping allocation pools: {pool} {other} for subnet {prefix}.',
    when: 'Two pools of the subnet have an address in common.',
    wayOut: 'Join them, or part them.',
    operations: ['create_subnet', 'update_subnet'],
  },
  gatewayInPool: {
    type: 'GatewayConflictWithAllocationPools',
    status: 409,
    message:
      'Gateway ip {gateway} conflicts with allocation pool {pool}: leave it out of allocation_pools, or choose another gateway_ip.',
    when: 'An instance could get the router’s address.',
    wayOut: 'Leave the address out of `allocation_pools`, or choose another `gateway_ip`.',
    operations: ['create_subnet', 'update_subnet'],
  },
  nameServerOfOtherVersion: {
    ...INVALID_INPUT,
    message:
      "Invalid input for operation: dns_nameservers[{index}] '{server}' does not match the ip_version '{version}' of the subnet.",
    when: 'The name server’s address is of the other IP version.',
    wayOut: 'Give it to a subnet of that version.',
    operations: ['create_subnet', 'update_subnet'],
  },
  nameServerNotUnicast: {
    ...INVALID_INPUT,
    message: "Invalid input for operation: dns_nameservers[{index}] '{server}' is not a unicast address.",
    when: 'The name server’s address is multicast.',
    wayOut: 'Give a unicast address.',
    operations: ['create_subnet', 'update_subnet'],
  },
  hostRouteOfOtherVersion: {
    ...INVALID_INPUT,
    message:
      "Invalid input for operation: host_routes[{index}] '{destination} via {nexthop}' does not match the ip_version '{version}' of the subnet.",
    when: 'Destination or next hop are of the other IP version.',
    wayOut: 'Give it to a subnet of that version.',
    operations: ['create_subnet', 'update_subnet'],
  },
  modeOverIpv4: {
    ...INVALID_INPUT,
    message: 'Invalid input for operation: {attribute} is not valid when ip_version is 4.',
    when: 'An IPv4 subnet is given a mode of IPv6.',
    wayOut: 'Leave the mode out.',
    operations: ['create_subnet'],
  },
  modesWithoutDhcp: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False. Leave the modes out, or set enable_dhcp.',
    when: 'The subnet has a mode, and `enable_dhcp` is false.',
    wayOut: 'Leave the modes out, or set `enable_dhcp`.',
    operations: ['create_subnet'],
  },
  modesDiffer: {
    ...INVALID_INPUT,
    message:
      "Invalid input for operation: ipv6_ra_mode set to '{raMode}' with ipv6_address_mode set to '{addressMode}' is not valid. If both attributes are set, they must be the same value.",
    when: 'The two modes are given, and differ.',
    wayOut: 'Give the same value, or one of them.',
    operations: ['create_subnet'],
  },
  dhcpOffWithModes: {
    ...INVALID_INPUT,
    message: 'Invalid input for operation: Cannot disable enable_dhcp with ipv6 attributes set.',
    when: 'The subnet was made with a mode.',
    wayOut: 'Make another subnet without modes.',
    operations: ['update_subnet'],
  },
  advertisedOverIpv4: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: {attribute} is not valid when ip_version is 4: router advertisements and DHCPv6 tell it. Leave it out.',
    when: 'An IPv4 subnet is given what only IPv6 can tell.',
    wayOut: 'Leave it out.',
    operations: ['create_subnet', 'update_subnet'],
  },
  notAdvertised: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: {attribute} is told by router advertisements, and the subnet has none: leave it out, or make the subnet with ipv6_ra_mode.',
    when: 'The subnet is given what nobody would tell its instances.',
    wayOut: 'Leave it out, or make the subnet with `ipv6_ra_mode`.',
    operations: ['create_subnet', 'update_subnet'],
  },
  lifetimes: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: preferred_lifetime {preferred} is longer than valid_lifetime {valid}: give both, the preferred one at most as long (RFC 8415 section 21.6).',
    when: 'Addresses would be preferred for longer than they are valid.',
    wayOut: 'Give both, the preferred one at most as long.',
    operations: ['create_subnet', 'update_subnet'],
  },
  nat64Length: {
    ...INVALID_INPUT,
    message:
      "Invalid input for operation: {attribute} '{prefix}' is not a prefix of a NAT64: those are IPv6, of length {lengths} (RFC 6052 section 2.2).",
    when: 'No IPv4 address can be embedded in the prefix.',
    wayOut: 'Give a prefix of one of these lengths, for instance `64:ff9b::/96`.',
    operations: ['create_network', 'update_network', 'create_subnet', 'update_subnet'],
  },
  nat64NotUnicast: {
    ...INVALID_INPUT,
    message:
      "Invalid input for operation: {attribute} '{prefix}' is not a prefix of a NAT64: use a routed unicast prefix.",
    when: 'The prefix is multicast or link-local.',
    wayOut: 'Use a routed unicast prefix.',
    operations: ['create_network', 'update_network', 'create_subnet', 'update_subnet'],
  },
  inUse: {
    type: 'SubnetInUse',
    status: 409,
    message:
      'Unable to complete operation on subnet {id}: One or more ports have an IP allocation from this subnet, for instance port {port}. Detach or delete them first.',
    when: 'Ports have addresses of the subnet that do not go with it.',
    wayOut: 'Delete the ports, and detach routers, first.',
    operations: ['delete_subnet'],
  },
});
