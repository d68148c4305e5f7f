/** What address scopes refuse. */
import { catalogue } from './entry.ts';

export const addressScopeErrors = catalogue({
  inUse: {
    type: 'AddressScopeInUse',
    status: 409,
    message:
      'Unable to complete operation on address scope {id}. There are one or more subnet pools in use on the address scope, {pool} for one.',
    when: 'Subnet pools are in the scope.',
    wayOut: 'Take them out of it first: `address_scope_id` null.',
    operations: ['delete_address_scope'],
  },
  staysShared: {
    type: 'AddressScopeUpdateError',
    status: 400,
    message: "Unable to update address scope {id}: Shared address scope can't be unshared.",
    when: 'A scope that is shared with everybody is not to be any more.',
    wayOut: 'Delete its RBAC policy, which tells who uses it.',
    operations: ['update_address_scope'],
  },
  otherIpVersion: {
    type: 'IllegalSubnetPoolIpVersionAssociationToAddressScope',
    status: 400,
    message:
      'Illegal subnetpool association: the subnet pool cannot associate with address scope {id} because the scope’s ip_version is not {version}.',
    when: 'The scope is of the other IP version.',
    wayOut: 'Name a scope of the pool’s IP version.',
    operations: ['create_subnetpool', 'update_subnetpool'],
  },
  notShared: {
    type: 'IllegalSubnetPoolAssociationToAddressScope',
    status: 400,
    message:
      'Illegal subnetpool association: subnetpool {pool} cannot be associated with address scope {scope}: the pool is shared with {target}, and the scope is not.',
    when: 'A subnet pool that is shared would be in a scope that not all of these projects have.',
    wayOut: 'Share the address scope with them first, or the pool no more.',
    operations: ['create_subnetpool', 'update_subnetpool'],
  },
  overlap: {
    type: 'AddressScopePrefixConflict',
    status: 409,
    message:
      'Failed to associate address scope: subnetpools within an address scope must have unique prefixes, and another one in {id} has a part of {prefix}.',
    when: 'A prefix would be in two pools of one scope.',
    wayOut: 'Give other prefixes, or another scope.',
    operations: ['create_subnetpool', 'update_subnetpool', 'add_prefixes', 'onboard_network_subnets'],
  },
  otherScopeOnNetwork: {
    type: 'NetworkAddressScopeAffinityError',
    status: 400,
    message:
      'Subnets of the same address family hosted on the same network must all be allocated from the same address scope: IPv{version} subnet {subnet} would be of another.',
    when: 'Subnets of one IP version on one network would be of two scopes.',
    wayOut: 'Use a pool of the same scope, or another network.',
    operations: ['create_subnet', 'update_subnetpool'],
  },
});
