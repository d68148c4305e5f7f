/** RBAC policies. */
import { catalogue, INVALID_INPUT, POLICY_FORBIDS } from './entry.ts';

export const rbacPolicyErrors = catalogue({
  exists: {
    type: 'DuplicateRbacPolicy',
    status: 409,
    message: 'An RBAC policy already exists with those values: {id}.',
    when: 'The thing is shared with the project already, in this way.',
    wayOut: 'Nothing is left to do.',
    operations: ['create_rbac_policy', 'update_rbac_policy'],
  },
  inUse: {
    type: 'RbacPolicyInUse',
    status: 409,
    message:
      'RBAC policy on object {id} cannot be removed because other objects depend on it: the project {project} uses it.',
    when: 'A project uses the thing that it could not without the policy.',
    wayOut: 'Have the project delete what it has there, or share the thing with it by another policy.',
    operations: ['update_rbac_policy', 'delete_rbac_policy'],
  },
  defaultExternal: {
    type: 'RbacPolicyInUse',
    status: 409,
    message:
      'RBAC policy on object {id} cannot be removed because other objects depend on it: the network is the default external one, for all projects (is_default).',
    when: 'The default external network would be external for all projects no more.',
    wayOut: 'Give the network `is_default: false` first.',
    operations: ['update_rbac_policy', 'delete_rbac_policy'],
  },
  notOwner: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: Only admins can manipulate policies on objects they do not own: {kind} {id} is another project’s.',
    when: 'Somebody shares what another project shares with them.',
    wayOut: 'Ask its owner, or an administrator.',
    operations: ['create_rbac_policy'],
  },
  externalNetworks: {
    ...INVALID_INPUT,
    message:
      "Invalid input for operation: Invalid action '{action}' for object type '{kind}': it must be access_as_shared.",
    when: 'Something other than a network is to be external.',
    wayOut: 'Give `access_as_shared`.',
    operations: ['create_rbac_policy'],
  },
  scopeNotShared: {
    type: 'RbacPolicyInitError',
    status: 400,
    message:
      "Failed to create RBAC policy on object {id} because target project doesn't have access to associated address scope: share {scope} first.",
    when: 'A subnet pool would be shared with a project whose address scope is not.',
    wayOut: 'Share the address scope with the project first.',
    operations: ['create_rbac_policy', 'update_rbac_policy'],
  },
  withEverybody: {
    ...POLICY_FORBIDS,
    message:
      "(rule:create_rbac_policy and rule:create_rbac_policy:target_tenant) is disallowed by policy: target_tenant '*' takes the role admin.",
    when: 'A member shares something with every project.',
    wayOut: 'Name a project, or ask an administrator.',
    operations: ['create_rbac_policy', 'update_rbac_policy'],
  },
  externalOfAdmins: {
    ...POLICY_FORBIDS,
    message:
      '(rule:create_rbac_policy) is disallowed by policy: the action access_as_external takes the role admin.',
    when: 'A member makes a network external.',
    wayOut: 'Ask an administrator.',
    operations: ['create_rbac_policy', 'update_rbac_policy'],
  },
});
