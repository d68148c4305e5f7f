/** RBAC policies in the API: their attributes. */
import { oneOf, projectOrAll, uuid } from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';

/** What can be shared. */
export const SHARED_KINDS = [
  'network',
  'subnetpool',
  'address_scope',
  'address_group',
  'qos_policy',
  'security_group',
] as const;
export type SharedKind = (typeof SHARED_KINDS)[number];

export const rbacPolicy = define({
  name: 'rbac_policy',
  collection: 'rbac_policies',
  path: 'rbac-policies',
  title: 'RBAC policy',
  command: 'network rbac',
  doc: 'Lets a project, or all of them, use something of another project. Who owns a thing shares it; with everybody, or as an external network, administrators alone do.',
  extensions: [
    { alias: 'rbac-policies', name: 'RBAC Policies', description: 'Who may use what projects share.' },
    {
      alias: 'rbac-address-group',
      name: 'Add address_group type to RBAC',
      description: 'Of address groups.',
    },
    {
      alias: 'rbac-address-scope',
      name: 'Add address_scope type to RBAC',
      description: 'Of address scopes.',
    },
    {
      alias: 'rbac-security-groups',
      name: 'Add security_group type to network RBAC',
      description: 'Of groups.',
    },
    { alias: 'rbac-subnetpool', name: 'Add subnetpool type to RBAC', description: 'Of subnet pools.' },
  ],
  counted: { usual: 10 },
  attributes: {
    id: identity.id,
    ...ownership,
    object_type: {
      type: oneOf(...SHARED_KINDS),
      doc: 'What is shared.',
      create: 'member',
      required: true,
      flag: 'type',
    },
    object_id: { type: uuid, doc: 'The one that is shared.', create: 'member', required: true },
    target_tenant: {
      type: projectOrAll,
      doc: 'The project that it is shared with; * for all, which takes an administrator.',
      create: 'member',
      update: 'member',
      required: true,
      flag: 'target-project',
      title: 'Target Project',
    },
    action: {
      type: oneOf('access_as_shared', 'access_as_external'),
      doc: 'What the project may do: use it as if it were its own, or have gateways of its routers and floating IPs on it (networks alone).',
      create: 'member',
      required: true,
    },
    created_at: bookkeeping.created_at,
    updated_at: bookkeeping.updated_at,
    revision_number: bookkeeping.revision_number,
  },
  columns: ['id', 'object_type', 'object_id'],
  longColumns: ['id', 'object_type', 'object_id', 'action', 'target_tenant', 'project_id'],
});

export type RbacPolicy = ResourceOf<typeof rbacPolicy>;
export type RbacPolicyCreate = CreateOf<typeof rbacPolicy>;
export type RbacPolicyUpdate = UpdateOf<typeof rbacPolicy>;
