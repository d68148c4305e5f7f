/** What is wrong with the addresses that a port is to have. */
import { ADDRESSING, catalogue, INVALID_INPUT } from './entry.ts';

export const fixedIpErrors = catalogue({
  otherSubnet: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: Failed to create port on network {network}, because fixed_ips included invalid subnet {subnet}: it is not on that network.',
    when: 'An item names a subnet of another network.',
    wayOut: 'Name one of the network’s `subnets`.',
    operations: ADDRESSING,
  },
  emptyItem: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: fixed_ips has an item without subnet_id and ip_address: give one of them, or both.',
    when: 'An item asks for nothing.',
    wayOut: 'Give `subnet_id`, `ip_address` or both.',
    operations: ADDRESSING,
  },
  twice: {
    ...INVALID_INPUT,
    message: 'Invalid input for operation: fixed_ips has ip_address {address} twice.',
    when: 'Two items ask for the same address.',
    wayOut: 'Ask for it once.',
    operations: ADDRESSING,
  },
  outsideSubnet: {
    type: 'InvalidIpForSubnet',
    status: 400,
    message:
      'IP address {address} is not a valid IP for the specified subnet: ip_address must lie in {cidr}.',
    when: 'Address and subnet of an item do not go together.',
    wayOut: 'Leave `subnet_id` out, or choose an address of it.',
    operations: ADDRESSING,
  },
  subnetRouterAnycast: {
    type: 'InvalidIpForSubnet',
    status: 400,
    message:
      'IP address {address} is not a valid IP for the specified subnet: it is the subnet-router anycast address of {cidr}.',
    when: 'All routers of a subnet have its first address (RFC 4291 section 2.6.1).',
    wayOut: 'Choose another address.',
    operations: ADDRESSING,
  },
  networkOrBroadcast: {
    type: 'InvalidIpForSubnet',
    status: 400,
    message:
      'IP address {address} is not a valid IP for the specified subnet: it is the network or broadcast address of {cidr}.',
    when: 'No host has the first or last address of an IPv4 subnet.',
    wayOut: 'Choose another address.',
    operations: ADDRESSING,
  },
  outsideNetwork: {
    type: 'InvalidIpForNetwork',
    status: 400,
    message:
      'IP address {address} is not a valid IP for any of the subnets on the specified network: ip_address must lie in one of {cidrs}.',
    when: 'The network has no subnet with this address.',
    wayOut: 'Choose an address of one of its subnets, or make such a subnet.',
    operations: ADDRESSING,
  },
  taken: {
    type: 'IpAddressAlreadyAllocated',
    status: 409,
    message: 'IP address {address} already allocated in subnet {subnet}: choose another ip_address.',
    when: 'Another port has the address.',
    wayOut: 'Choose another `ip_address`, or leave it out.',
    operations: ADDRESSING,
  },
  takenMeanwhile: {
    type: 'IpAddressInUse',
    status: 409,
    message:
      'Unable to complete operation for network {network}. One of the IP addresses in fixed_ips is in use.',
    when: 'Another request took one of the addresses at the same time.',
    wayOut: 'Choose another `ip_address`, or leave it out and try again.',
    operations: ADDRESSING,
  },
  noneLeft: {
    type: 'IpAddressGenerationFailure',
    status: 409,
    message:
      'No more IP addresses available on network {network}: the allocation_pools of {cidrs} are exhausted.',
    when: 'All addresses of the subnets’ pools are taken.',
    wayOut: 'Delete ports, widen `allocation_pools`, or make another subnet.',
    operations: ADDRESSING,
  },
});
