/** Subnet pools in the API: their attributes. */
import { boolean, integer, ipVersion, list, nullable, prefix, uuid } from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';

const prefixLength = integer(0, 128);

/** Most prefixes of a pool, and in one request. */
export const MOST_PREFIXES = 1000;
export const prefixList = list(prefix, MOST_PREFIXES);

export const subnetpool = define({
  name: 'subnetpool',
  collection: 'subnetpools',
  path: 'subnetpools',
  title: 'Subnet pool',
  command: 'subnet pool',
  doc: 'Prefixes that subnets are taken from, and what is delegated to ports: who makes a subnet says how long its prefix is to be, and gets one that is free.',
  extensions: [
    {
      alias: 'default-subnetpools',
      name: 'Default Subnetpools',
      description: 'A pool that is meant when none is named.',
    },
    { alias: 'subnet_allocation', name: 'Subnet Allocation', description: 'Prefixes of subnets from pools.' },
    {
      alias: 'subnet_onboard',
      name: 'Subnet Onboard',
      description: 'Subnets that are there become those of a pool.',
    },
    {
      alias: 'subnetpool-prefix-ops',
      name: 'Subnet Pool Prefix Operations',
      description: 'add_prefixes and remove_prefixes.',
    },
  ],
  counted: { usual: -1 },
  attributes: {
    ...identity,
    ...ownership,
    prefixes: {
      type: prefixList,
      doc: 'What it has, all of one IP version; as few prefixes as possible. PUT takes none away: remove_prefixes does, what nobody has of it.',
      create: 'member',
      update: 'member',
      required: true,
      filter: false,
      flag: 'pool-prefix',
      actions: { add: 'add_prefixes', remove: 'remove_prefixes' },
      title: 'Prefixes',
    },
    ip_version: { type: ipVersion, doc: 'The address family of its prefixes.', title: 'IP Version' },
    default_prefixlen: {
      type: prefixLength,
      doc: 'How long the prefix of a subnet is that does not say; left out: as min_prefixlen.',
      create: 'member',
      update: 'member',
      flag: 'default-prefix-length',
      title: 'Default Prefix Length',
    },
    min_prefixlen: {
      type: prefixLength,
      doc: 'How long the prefix of a subnet is at least; left out: 64 for IPv6, 8 for IPv4.',
      create: 'member',
      update: 'member',
      flag: 'min-prefix-length',
    },
    max_prefixlen: {
      type: prefixLength,
      doc: 'How long the prefix of a subnet is at most; left out: 128 for IPv6, 32 for IPv4.',
      create: 'member',
      update: 'member',
      flag: 'max-prefix-length',
    },
    default_quota: {
      type: nullable(integer(0, 0x7fff_ffff)),
      doc: 'How much of it one project may have: in IPv6 prefixes of 64 bits, in IPv4 addresses; null: all.',
      create: 'member',
      update: 'member',
      default: null,
    },
    is_default: {
      type: boolean,
      doc: 'Whether subnets of its IP version are taken from it that ask for the default pool; one is at most.',
      create: 'admin',
      update: 'admin',
      default: false,
      flags: ['default', 'no-default'],
    },
    address_scope_id: {
      type: nullable(uuid),
      doc: 'The address scope that its prefixes are of: no other pool in it has any of them.',
      create: 'member',
      update: 'member',
      default: null,
      reference: 'address_scope',
      flag: 'address-scope',
    },
    shared: {
      type: boolean,
      doc: 'Whether other projects may take subnets from it.',
      create: 'admin',
      default: false,
      flags: ['share', 'no-share'],
    },
    ...bookkeeping,
  },
  columns: ['id', 'name', 'prefixes'],
  longColumns: ['id', 'name', 'prefixes', 'default_prefixlen', 'is_default', 'shared', 'project_id', 'tags'],
});

export type Subnetpool = ResourceOf<typeof subnetpool>;
export type SubnetpoolCreate = CreateOf<typeof subnetpool>;
export type SubnetpoolUpdate = UpdateOf<typeof subnetpool>;
