/** Address groups in the API: their attributes. */
import { boolean, list, prefixOrAddress } from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';

/** Of a group, and in one request: each rule that names the group has as many entries in hosts' flows. */
export const MOST_ADDRESSES = 30_000;
export const addressList = list(prefixOrAddress, MOST_ADDRESSES);

export const addressGroup = define({
  name: 'address_group',
  collection: 'address_groups',
  path: 'address-groups',
  title: 'Address group',
  doc: 'Addresses and prefixes, of both families, that security group rules name as the other side.',
  extensions: [
    { alias: 'address-group', name: 'Address group', description: 'Groups of addresses that rules name.' },
  ],
  belongings: ['members'],
  counted: { usual: 10 },
  attributes: {
    ...identity,
    ...ownership,
    addresses: {
      type: addressList,
      doc: 'An address or prefix in the group.',
      create: 'member',
      default: [],
      stored: false,
      filter: false,
      flag: 'address',
      actions: { add: 'add_addresses', remove: 'remove_addresses' },
    },
    shared: {
      type: boolean,
      doc: 'Whether rules of other projects may name it.',
      create: 'admin',
      update: 'admin',
      default: false,
      flags: ['share', 'no-share'],
    },
    ...bookkeeping,
  },
  columns: ['id', 'name', 'description', 'project_id', 'addresses'],
  longColumns: ['id', 'name', 'description', 'project_id', 'addresses', 'shared', 'tags'],
});

export type AddressGroup = ResourceOf<typeof addressGroup>;
export type AddressGroupCreate = CreateOf<typeof addressGroup>;
export type AddressGroupUpdate = UpdateOf<typeof addressGroup>;
