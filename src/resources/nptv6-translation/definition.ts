/** Network prefix translations in the API: their attributes. */
import { prefix, uuid } from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';

const { tags: _, ...rest } = bookkeeping;

export const nptv6Translation = define({
  name: 'nptv6_translation',
  collection: 'nptv6_translations',
  path: 'nptv6-translations',
  title: 'NPTv6 translation',
  command: 'router nptv6',
  doc: 'An IPv6 prefix that stands outside a router for one behind it (RFC 6296): without state, both ways.',
  extensions: [
    {
      alias: 'sextant-nptv6',
      name: 'IPv6-to-IPv6 Network Prefix Translation',
      description: 'nptv6_translations of routers.',
    },
  ],
  counted: { usual: 10 },
  attributes: {
    ...identity,
    ...ownership,
    router_id: {
      type: uuid,
      doc: 'The router that translates what passes its external gateway.',
      create: 'member',
      required: true,
      reference: 'router',
      flag: 'router',
      link: true,
      title: 'Router',
    },
    subnetpool_id: {
      type: uuid,
      doc: 'The pool that the external prefix is from: one of IPv6 that an administrator shares with all, of the address scope of the external network if that has one.',
      create: 'member',
      required: true,
      reference: 'subnetpool',
      flag: 'subnet-pool',
      title: 'Subnet Pool',
    },
    internal_prefix: {
      type: prefix,
      doc: 'The prefix behind the router, of 16 to 64 bits. One of more than 48 bits must have the sum of the external one (RFC 6296 section 3.5).',
      create: 'member',
      required: true,
      flag: 'internal-prefix',
      title: 'Internal Prefix',
    },
    external_prefix: {
      type: prefix,
      doc: 'The prefix outside, as long as the internal one; whichever is free in the pool when it is left out.',
      create: 'member',
      flag: 'external-prefix',
      title: 'External Prefix',
    },
    ...rest,
  },
  columns: ['id', 'name', 'router_id', 'internal_prefix', 'external_prefix'],
  longColumns: [
    'id',
    'name',
    'router_id',
    'internal_prefix',
    'external_prefix',
    'subnetpool_id',
    'project_id',
    'description',
  ],
});

export type Nptv6Translation = ResourceOf<typeof nptv6Translation>;
export type Nptv6TranslationCreate = CreateOf<typeof nptv6Translation>;
export type Nptv6TranslationUpdate = UpdateOf<typeof nptv6Translation>;
