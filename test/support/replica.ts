/** A replica without a server, for tests of what looks at one. */

import type { ManagedTables } from '../../src/engine/reconciler/plan.ts';
import { bindDeclaration } from '../../src/ovsdb/declaration.ts';
import { declareDatabase } from '../../src/ovsdb/index.ts';
import type { Json } from '../../src/ovsdb/json.ts';
import { Replica } from '../../src/ovsdb/replica.ts';
import { parseSchema } from '../../src/ovsdb/schema.ts';

const strings = 'map of string to string';
const declaration = declareDatabase('db', {
  Option: { text: 'string', external_ids: strings },
  Port: { name: 'string', addresses: 'set of string', option: 'optional uuid', external_ids: strings },
  Switch: { name: 'string', ports: 'set of uuid', external_ids: strings },
  Group: { name: 'string', ports: 'set of uuid', external_ids: strings },
  Set: { name: 'string', members: 'set of string', external_ids: strings },
});

/** Ports are in a switch, may be members of groups, and may refer to an option; sets grow. */
export const managed: ManagedTables = {
  Option: { columns: ['text'] },
  Port: {
    columns: ['name', 'addresses', 'option'],
    references: { option: 'Option' },
    parent: { table: 'Switch', column: 'ports' },
    memberOf: { table: 'Group', column: 'ports' },
    named: true,
  },
  Switch: { columns: ['name'], named: true },
  Group: { columns: ['name'], named: true },
  Set: { columns: ['name', 'members'], grows: 'members', named: true },
};

const map = { type: { key: 'string', value: 'string', min: 0, max: 'unlimited' } };
const references = { type: { key: 'uuid', min: 0, max: 'unlimited' } };
const schema = parseSchema({
  name: 'db',
  tables: {
    Option: { columns: { text: { type: 'string' }, external_ids: map } },
    Port: {
      columns: {
        name: { type: 'string' },
        addresses: { type: { key: 'string', min: 0, max: 'unlimited' } },
        option: { type: { key: 'uuid', min: 0, max: 1 } },
        external_ids: map,
      },
    },
    Switch: { columns: { name: { type: 'string' }, ports: references, external_ids: map } },
    Group: { columns: { name: { type: 'string' }, ports: references, external_ids: map } },
    Set: {
      columns: {
        name: { type: 'string' },
        members: { type: { key: 'string', min: 0, max: 'unlimited' } },
        external_ids: map,
      },
    },
  },
});

/** Its tables, as transactions on them need them. */
export const tables = bindDeclaration(declaration, schema);

/** An empty one. */
export function emptyReplica(): Replica<typeof declaration.tables> {
  const replica = new Replica(declaration);
  replica.bind(tables);
  return replica;
}

export const uuids = (...ids: string[]): Json => ['set', ids.map((id) => ['uuid', id])];
export const texts = (...members: string[]): Json => ['set', members];

/** The marks of a row of ours. */
export const marks = (unit: string, key: string, digest = ''): Json => [
  'map',
  [
    ['sextant:unit', unit],
    ['sextant:key', key],
    ['sextant:digest', digest],
  ],
];
