/** Default security group rules in the API: their attributes. */
import { boolean, nullable, oneOf } from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf } from '../definition/definition.ts';
import { securityGroupRule } from '../security-group-rule/definition.ts';

const { id, direction, ethertype, protocol, port_range_min, port_range_max, remote_ip_prefix, description } =
  securityGroupRule.attributes;
const { created_at, updated_at, revision_number } = securityGroupRule.attributes;

/** In place of a group's id: the group that the rule gets into. */
export const PARENT = 'PARENT';

export const defaultSecurityGroupRule = define({
  name: 'default_security_group_rule',
  collection: 'default_security_group_rules',
  path: 'default-security-group-rules',
  title: 'Default security group rule',
  doc: 'A rule that security groups begin with. For administrators.',
  extensions: [
    {
      alias: 'security-groups-default-rules',
      name: 'Default rules for security groups',
      description: 'Rules that groups begin with.',
    },
  ],
  attributes: {
    id,
    direction,
    ethertype,
    protocol,
    port_range_min,
    port_range_max,
    remote_ip_prefix,
    remote_group_id: {
      type: nullable(oneOf(PARENT)),
      doc: 'PARENT: the other side is a port in the group that the rule gets into.',
      create: 'member',
      default: null,
      flag: 'remote-group',
      title: 'Remote Security Group',
    },
    used_in_default_sg: {
      type: boolean,
      doc: 'For the default groups of projects.',
      create: 'member',
      default: false,
      flags: ['for-default-sg'],
    },
    used_in_non_default_sg: {
      type: boolean,
      doc: 'For the other groups.',
      create: 'member',
      default: true,
      flags: ['for-custom-sg', 'not-for-custom-sg'],
    },
    description,
    created_at,
    updated_at,
    revision_number,
  },
  columns: [
    'id',
    'protocol',
    'ethertype',
    'remote_ip_prefix',
    'port_range_min',
    'port_range_max',
    'direction',
    'remote_group_id',
    'used_in_default_sg',
    'used_in_non_default_sg',
  ],
  longColumns: [
    'id',
    'protocol',
    'ethertype',
    'remote_ip_prefix',
    'port_range_min',
    'port_range_max',
    'direction',
    'remote_group_id',
    'used_in_default_sg',
    'used_in_non_default_sg',
    'description',
  ],
});

export type DefaultRule = ResourceOf<typeof defaultSecurityGroupRule>;
export type DefaultRuleCreate = CreateOf<typeof defaultSecurityGroupRule>;
