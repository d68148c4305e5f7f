/** What subnet pools refuse. */
import { BAD_REQUEST, catalogue, INVALID_INPUT } from './entry.ts';

/** What takes prefixes from a pool. */
const ON_TAKING = ['create_subnet', 'create_port', 'update_port', 'create_nptv6_translation'] as const;

export const subnetpoolErrors = catalogue({
  noPrefixes: {
    type: 'EmptySubnetPoolPrefixList',
    status: 400,
    message: 'Empty subnet pool prefix list: give at least one prefix.',
    when: 'A pool would have no prefix, or none is named.',
    wayOut: 'Give `prefixes`.',
    operations: ['create_subnetpool', 'update_subnetpool', 'add_prefixes', 'remove_prefixes'],
  },
  tooManyPrefixes: {
    ...BAD_REQUEST,
    message: 'That would be {count} prefixes of subnet pools: at most {maximum} are possible.',
    when: 'A pool would have, or get at once, too many prefixes: a few addresses taken out of one leave hundreds; or a request makes pools with too many of them together.',
    wayOut: 'Add and remove shorter prefixes, or make another pool, by a request of its own.',
    operations: [
      'create_subnetpool',
      'update_subnetpool',
      'add_prefixes',
      'remove_prefixes',
      'onboard_network_subnets',
    ],
  },
  otherIpVersion: {
    type: 'PrefixVersionMismatch',
    status: 400,
    message: 'Cannot mix IPv4 and IPv6 prefixes in a subnet pool: {prefix} is not of IPv{version}.',
    when: 'Prefixes of both IP versions would be in one pool.',
    wayOut: 'Make a pool for each.',
    operations: ['create_subnetpool', 'update_subnetpool', 'add_prefixes', 'remove_prefixes'],
  },
  useless: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: prefixes has {prefix}, in which are addresses that no subnet can have: multicast, link-local, loopback, IPv4-mapped or unspecified ones, or those of services.',
    when: 'A subnet pool would give prefixes that are refused for subnets.',
    wayOut: 'Leave it out, or give the parts that subnets can have.',
    operations: ['create_subnetpool', 'update_subnetpool', 'add_prefixes', 'remove_prefixes'],
  },
  bounds: {
    type: 'IllegalSubnetPoolPrefixBounds',
    status: 400,
    message: 'Illegal prefix bounds: {one}, {other}: {reason}.',
    when: 'Minimum, default and maximum of the prefix length are not in order, or longer than addresses are.',
    wayOut: 'Give `min_prefixlen` <= `default_prefixlen` <= `max_prefixlen`.',
    operations: ['create_subnetpool', 'update_subnetpool'],
  },
  defaultExists: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: a default subnetpool for IPv{version} has already been set: {id}. Only one default may exist per IP family.',
    when: 'There is a default pool of the IP version.',
    wayOut: 'Set `is_default` of the other to false first.',
    operations: ['create_subnetpool', 'update_subnetpool'],
  },
  prefixMissing: {
    type: 'IllegalSubnetPoolPrefixUpdate',
    status: 400,
    message:
      'Illegal update to prefixes: existing prefixes must be a subset of the new prefixes, and {prefix} is missing: take it away by remove_prefixes.',
    when: 'PUT would take prefixes away.',
    wayOut: 'Give those that the pool has as well, or use `remove_prefixes`.',
    operations: ['update_subnetpool'],
  },
  prefixInUse: {
    type: 'IllegalSubnetPoolPrefixUpdate',
    status: 400,
    message: 'Illegal update to prefixes: subnets or ports have a part of {prefix}.',
    when: 'A prefix is to be taken away that subnets, or prefixes for ports, were taken from.',
    wayOut:
      'Delete these subnets first, `GET /v2.0/subnets?subnetpool_id=`, and take the prefixes from the ports.',
    operations: ['remove_prefixes'],
  },
  inUse: {
    type: 'SubnetPoolDeleteError',
    status: 400,
    message: 'Unable to delete subnet pool: Subnet pool has existing allocations, {holder} for one.',
    when: 'Subnets, or prefixes for ports, were taken from the pool.',
    wayOut: 'Delete the subnets, and take the prefixes from the ports’ `delegated_prefixes`.',
    operations: ['delete_subnetpool'],
  },
  nothingToOnboard: {
    ...BAD_REQUEST,
    message: 'Network {network} has no subnet of IPv{version} that could become the pool’s.',
    when: 'No subnet of the network is of the pool’s IP version.',
    wayOut: 'Name another network.',
    operations: ['onboard_network_subnets'],
  },
  ofAnotherPool: {
    type: 'IllegalSubnetPoolUpdate',
    status: 400,
    message: 'Illegal subnetpool update: subnet {subnet} is already in another subnet pool.',
    when: 'A subnet of the network was taken from another pool.',
    wayOut: 'Name another network.',
    operations: ['onboard_network_subnets'],
  },
  notFree: {
    type: 'IllegalSubnetPoolPrefixUpdate',
    status: 400,
    message:
      'Illegal update to prefixes: {prefix} overlaps what subnet pool {id} has given away or has in part.',
    when: 'The prefix of a subnet that would become the pool’s is another subnet’s, or has prefixes of the pool in it.',
    wayOut: 'Name a network with other prefixes.',
    operations: ['onboard_network_subnets'],
  },
  tooShort: {
    type: 'MinPrefixSubnetAllocationError',
    status: 400,
    message:
      'Unable to allocate subnet with prefix length {length}, minimum allowed prefix is {minimum} (subnet pool {id}).',
    when: 'A subnet or a port would have more of the pool than it allows.',
    wayOut: 'Give a longer prefix.',
    operations: ON_TAKING,
  },
  tooLong: {
    type: 'MaxPrefixSubnetAllocationError',
    status: 400,
    message:
      'Unable to allocate subnet with prefix length {length}, maximum allowed prefix is {maximum} (subnet pool {id}).',
    when: 'A subnet or a port would have less of the pool than it allows.',
    wayOut: 'Give a shorter prefix.',
    operations: ON_TAKING,
  },
  exhausted: {
    type: 'SubnetAllocationError',
    status: 409,
    message:
      'Failed to allocate subnet: Insufficient prefix space to allocate subnet size /{length} in subnet pool {id}.',
    when: 'No prefix of this length is free in the pool.',
    wayOut: 'Delete subnets, take delegated prefixes from ports, or have its owner add prefixes.',
    operations: ON_TAKING,
  },
  taken: {
    type: 'SubnetAllocationError',
    status: 409,
    message: 'Failed to allocate subnet: {prefix} is not free in subnet pool {id}.',
    when: 'The prefix is not the pool’s, or another subnet has a part of it.',
    wayOut: 'Leave `cidr` out, and get one that is free.',
    operations: ['create_subnet'],
  },
  overQuota: {
    type: 'SubnetPoolQuotaExceeded',
    status: 409,
    message:
      'Per-tenant subnet pool prefix quota exceeded: project {project} has {used} of {quota} units of subnet pool {id}.',
    when: 'The project would have more of the pool than `default_quota`.',
    wayOut: 'Delete subnets, take delegated prefixes from ports, or have the pool’s owner raise it.',
    operations: ON_TAKING,
  },
  otherPoolOnNetwork: {
    type: 'NetworkSubnetPoolAffinityError',
    status: 400,
    message:
      'Subnets hosted on the same network must be allocated from the same subnet pool: IPv{version} subnet {subnet} is from {pool}.',
    when: 'Subnets of one IP version on one network would come from two pools, or some from one and some from none.',
    wayOut: 'Use the pool of the others, or another network.',
    operations: ['create_subnet'],
  },
  familyOfPool: {
    ...BAD_REQUEST,
    message: 'Bad subnets request: Cannot allocate IPv{version} subnet from IPv{pool} subnet pool {id}.',
    when: 'The pool is of the other IP version.',
    wayOut: 'Name a pool of the subnet’s IP version; of IPv6 for a port.',
    operations: ON_TAKING,
  },
  noDefault: {
    ...BAD_REQUEST,
    message: 'Bad subnets request: No default subnetpool found for IPv{version}: name one.',
    when: 'The default pool is asked for, and there is none of the IP version that the project may use.',
    wayOut: 'Give `subnetpool_id`.',
    operations: ['create_subnet'],
  },
  twoPools: {
    ...BAD_REQUEST,
    message: 'Bad subnets request: subnetpool_id and use_default_subnetpool cannot both be specified.',
    when: 'A pool is named and the default one is asked for.',
    wayOut: 'Leave one out.',
    operations: ['create_subnet'],
  },
  lengthWithPrefix: {
    ...BAD_REQUEST,
    message: 'Bad subnets request: cidr and prefixlen must not be supplied together.',
    when: 'The prefix is given, and how long it shall be.',
    wayOut: 'Leave one out.',
    operations: ['create_subnet'],
  },
  lengthWithoutPool: {
    ...BAD_REQUEST,
    message:
      'Bad subnets request: prefixlen needs a subnet pool: give subnetpool_id or use_default_subnetpool.',
    when: 'Only how long the prefix shall be is given.',
    wayOut: 'Name a pool, or give `cidr`.',
    operations: ['create_subnet'],
  },
  rangesWithoutPrefix: {
    ...BAD_REQUEST,
    message:
      'Bad subnets request: allocation_pools allowed only for specific subnet requests: give cidr, too.',
    when: 'Ranges are given for a prefix that the pool chooses.',
    wayOut: 'Give `cidr`, or leave `allocation_pools` out.',
    operations: ['create_subnet'],
  },
});
