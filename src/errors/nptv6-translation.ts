/** What network prefix translations refuse, and what they keep from happening to routers. */
import { BAD_REQUEST, catalogue, INVALID_INPUT, POLICY_FORBIDS } from './entry.ts';

const CREATING = ['create_nptv6_translation'] as const;

export const nptv6TranslationErrors = catalogue({
  length: {
    ...BAD_REQUEST,
    message: 'Invalid input for {attribute}. Reason: {prefix} is no IPv6 prefix of 16 to 64 bits.',
    when: 'The prefix is one of IPv4, or leaves too much or too little to subnets.',
    wayOut: 'Give a prefix of IPv6 with 16 to 64 bits.',
    operations: CREATING,
  },
  notUnicast: {
    ...BAD_REQUEST,
    message:
      'Invalid input for {attribute}. Reason: {prefix} has addresses that no instance can have: multicast, link-local ones, or those of services.',
    when: 'Nothing of the prefix, or not all of it, is for instances.',
    wayOut: 'Give a global or unique local prefix.',
    operations: CREATING,
  },
  lengthsDiffer: {
    ...BAD_REQUEST,
    message:
      'Invalid input for external_prefix. Reason: {external} is not as long as internal_prefix {internal}: each subnet inside needs one outside.',
    when: 'The two prefixes are of different lengths.',
    wayOut: 'Give two of the same length, or leave `external_prefix` out.',
    operations: CREATING,
  },
  overlapsItself: {
    ...BAD_REQUEST,
    message:
      'Invalid input for internal_prefix. Reason: {internal} and external_prefix {external} have addresses in common.',
    when: 'One prefix has a part of the other.',
    wayOut: 'Give another internal prefix, a unique local one for instance.',
    operations: CREATING,
  },
  notNeutral: {
    ...BAD_REQUEST,
    message:
      'Invalid input for internal_prefix. Reason: {internal} would need other interface identifiers than {external} (RFC 6296 section 3.5). With external_prefix {external}, {neutral} needs none; so does any prefix of 48 bits or fewer.',
    when: 'The prefixes have more than 48 bits, and their words another sum: what makes up for it would be in each address, not in its subnet.',
    wayOut:
      'Give the internal prefix that the message names and that external prefix, or prefixes of 48 bits or fewer.',
    operations: CREATING,
  },
  overlaps: {
    type: 'Nptv6PrefixInUse',
    status: 409,
    message: '{attribute}: {prefix} overlaps {other} of {holder}.',
    when: 'A prefix has a part of another translation’s of the router, of an external subnet, or of a subnet that the router is attached to.',
    wayOut: 'Choose another prefix.',
    operations: [...CREATING, 'add_router_interface'],
  },
  routerOfOtherProject: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: router {router} in router_id is of project {project}, and the translation of {translationProject}.',
    when: 'The router is another project’s than the translation.',
    wayOut: 'Make the translation in the router’s project.',
    operations: CREATING,
  },
  noGateway: {
    type: 'RouterGatewayNotValid',
    status: 409,
    message: 'Router {router} has no external gateway: nothing passes it that could be translated.',
    when: 'The router leads nowhere outside.',
    wayOut: 'Set its `external_gateway_info` first.',
    operations: CREATING,
  },
  poolOfAdmins: {
    ...POLICY_FORBIDS,
    message:
      'Subnet pool {pool} is not shared with all: which prefixes outside lead here, administrators say.',
    when: 'A project would choose what its instances are known by outside from a pool of its own.',
    wayOut: 'Name a pool that an administrator shares with all, or have one make the translation.',
    operations: CREATING,
  },
  otherScope: {
    type: 'AddressScopeConflict',
    status: 409,
    message:
      'Subnet pool {pool} is of address scope {inside}, and external network {network} of {outside}: its prefixes mean nothing there.',
    when: 'The external network has an address scope, and the pool another one, or none.',
    wayOut: 'Name a pool of the external network’s address scope.',
    operations: CREATING,
  },
  gatewayInUse: {
    type: 'RouterGatewayInUseByNptv6Translation',
    status: 409,
    message: 'Router {router} needs its external gateway: NPTv6 translation {id} is for what passes there.',
    when: 'The gateway is to be taken away, or to be on another network.',
    wayOut: 'Delete the translations of the router first.',
    operations: ['update_router', 'delete_router', 'update_external_gateways', 'remove_external_gateways'],
  },
});
