/** Address scopes in the API: their attributes. */
import { boolean, ipVersion } from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';

export const addressScope = define({
  name: 'address_scope',
  collection: 'address_scopes',
  path: 'address-scopes',
  title: 'Address scope',
  doc: 'Where addresses mean one thing: no two subnet pools in it overlap, and routers pass nothing on from one scope to another but what they translate.',
  extensions: [
    { alias: 'address-scope', name: 'Address scope', description: 'Address scopes of subnet pools.' },
  ],
  counted: { usual: -1 },
  attributes: {
    ...identity,
    ...ownership,
    ip_version: {
      type: ipVersion,
      doc: 'The address family of its pools.',
      create: 'member',
      required: true,
      title: 'IP Version',
    },
    shared: {
      type: boolean,
      doc: 'Whether pools of other projects may be in it; what is shared stays so.',
      create: 'admin',
      update: 'admin',
      default: false,
      flags: ['share', 'no-share'],
    },
    created_at: bookkeeping.created_at,
    updated_at: bookkeeping.updated_at,
    revision_number: bookkeeping.revision_number,
  },
  columns: ['id', 'name', 'ip_version', 'shared', 'project_id'],
  longColumns: ['id', 'name', 'ip_version', 'shared', 'project_id'],
});

export type AddressScope = ResourceOf<typeof addressScope>;
export type AddressScopeCreate = CreateOf<typeof addressScope>;
export type AddressScopeUpdate = UpdateOf<typeof addressScope>;
