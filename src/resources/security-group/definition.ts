/** Security groups in the API: their attributes. */
import { boolean, list, object } from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';
import type { SecurityGroupRule } from '../security-group-rule/definition.ts';

export const securityGroup = define({
  name: 'security_group',
  collection: 'security_groups',
  path: 'security-groups',
  title: 'Security group',
  doc: 'A set of rules that say which packets reach and leave the ports in it.',
  // What instances of its ports took: rules that name the group are about those addresses, too.
  belongings: ['learned_addresses'],
  extensions: [
    { alias: 'security-group', name: 'security-group', description: 'Security groups and rules.' },
    {
      alias: 'stateful-security-group',
      name: 'Stateful security group',
      description: 'stateful of security groups.',
    },
  ],
  counted: { usual: 10, bringing: 'security_group_rule' },
  attributes: {
    ...identity,
    ...ownership,
    stateful: {
      type: boolean,
      doc: 'Whether answers to what a rule lets through pass too.',
      create: 'member',
      update: 'member',
      default: true,
      flags: ['stateful', 'stateless'],
    },
    shared: { type: boolean, doc: 'Whether every project may use it.' },
    security_group_rules: {
      type: list(object({}, {})),
      doc: 'Its rules.',
      stored: false,
      filter: false,
      title: 'Rules',
    },
    ...bookkeeping,
  },
  columns: ['id', 'name', 'description', 'project_id', 'tags'],
  longColumns: ['id', 'name', 'description', 'project_id', 'tags', 'stateful', 'shared'],
});

/** A group; its rules as they are answered. */
export type SecurityGroup = Omit<ResourceOf<typeof securityGroup>, 'security_group_rules'> & {
  security_group_rules: SecurityGroupRule[];
};
export type SecurityGroupCreate = CreateOf<typeof securityGroup>;
export type SecurityGroupUpdate = UpdateOf<typeof securityGroup>;
