/** Security group rules in the API: their attributes. */
import { errors } from '../../errors/index.ts';
import {
  integer,
  interfaceOrAddress,
  isId,
  nullable,
  oneOf,
  text,
  uuid,
} from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';
import { protocol } from './protocol.ts';

const ethertypes = oneOf('IPv4', 'IPv6');

/** In any case of letters, as Neutron takes it. */
const ethertype: typeof ethertypes = {
  ...ethertypes,
  parse: (value, field) =>
    ethertypes.parse(typeof value === 'string' ? value.replace(/^ipv([46])$/i, 'IPv$1') : value, field),
};

const ports = integer(0, 65535);

/** What lies outside is no port, in Neutron's words. */
const portNumber: typeof ports = {
  ...ports,
  parse: (value, field) => {
    if (/^-?\d{1,15}$/.test(String(value)) && (Number(value) < 0 || Number(value) > 65535))
      throw errors.securityGroupRule.portValue({ port: String(value) });
    return ports.parse(value, field);
  },
};

/** As in Neutron, what can be no group's id is no group's, and no bad request. */
const groupId: typeof uuid = {
  ...uuid,
  parse: (value, field) => {
    if (typeof value === 'string' && !isId(value)) throw errors.notFound.security_group({ id: value });
    return uuid.parse(value, field);
  },
};

export const securityGroupRule = define({
  name: 'security_group_rule',
  collection: 'security_group_rules',
  path: 'security-group-rules',
  title: 'Security group rule',
  doc: 'What a security group lets through. What no rule lets through is dropped.',
  extensions: [
    {
      alias: 'security-groups-normalized-cidr',
      name: 'Normalized CIDR field for security group rules',
      description: 'normalized_cidr of rules.',
    },
    {
      alias: 'security-groups-remote-address-group',
      name: 'Remote address group id field for security group rules',
      description: 'remote_address_group_id of rules.',
    },
  ],
  counted: { usual: 100 },
  attributes: {
    id: identity.id,
    ...ownership,
    security_group_id: {
      type: uuid,
      doc: 'The group that it belongs to.',
      create: 'member',
      required: true,
      reference: 'security_group',
      link: true,
      flag: 'security-group',
      title: 'Security Group',
    },
    direction: {
      type: oneOf('ingress', 'egress'),
      doc: 'ingress: to the instance; egress: from it.',
      create: 'member',
      required: true,
      flags: ['ingress', 'egress'],
    },
    ethertype: {
      type: ethertype,
      doc: 'The address family.',
      create: 'member',
      default: 'IPv4',
      title: 'Ethertype',
    },
    protocol: {
      type: nullable(protocol),
      doc: 'The protocol by name or number; null for any. icmp and icmpv6 mean ipv6-icmp on IPv6 rules.',
      create: 'member',
      default: null,
      title: 'IP Protocol',
    },
    port_range_min: {
      type: nullable(portNumber),
      doc: 'First destination port, or the ICMP type.',
      create: 'member',
      default: null,
    },
    port_range_max: {
      type: nullable(portNumber),
      doc: 'Last destination port, or the ICMP code.',
      create: 'member',
      default: null,
    },
    remote_ip_prefix: {
      type: nullable(interfaceOrAddress),
      doc: 'The other side is in this prefix.',
      create: 'member',
      default: null,
      flag: 'remote-ip',
      title: 'IP Range',
    },
    remote_group_id: {
      type: nullable(groupId),
      doc: 'The other side is a port in this group.',
      create: 'member',
      default: null,
      reference: 'security_group',
      flag: 'remote-group',
      title: 'Remote Security Group',
    },
    remote_address_group_id: {
      type: nullable(uuid),
      doc: 'The other side is in this address group.',
      create: 'member',
      default: null,
      reference: 'address_group',
      flag: 'remote-address-group',
      title: 'Remote Address Group',
    },
    normalized_cidr: {
      type: nullable(text(64)),
      doc: 'remote_ip_prefix with the bits beyond its length cleared.',
      stored: false,
      filter: false,
    },
    // Rules are not changed, so neither is this.
    description: { type: text(255), doc: 'A description.', create: 'member', default: '' },
    created_at: bookkeeping.created_at,
    updated_at: bookkeeping.updated_at,
    revision_number: bookkeeping.revision_number,
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
    'remote_address_group_id',
    'security_group_id',
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
    'remote_address_group_id',
    'security_group_id',
    'description',
  ],
});

export type SecurityGroupRule = ResourceOf<typeof securityGroupRule>;
export type SecurityGroupRuleCreate = CreateOf<typeof securityGroupRule>;
