import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyReplica, managed, marks, texts, uuids } from '../../../test/support/replica.ts';
import type { Row, RowChange } from '../../ovsdb/index.ts';
import type { Json } from '../../ovsdb/json.ts';
import { actualContents, digestOf, plannedContents } from './contents.ts';
import { noEdits } from './diff.ts';
import { driftedUnits, type Expected } from './drift.ts';
import { RowRef } from './plan.ts';
import { ReplicaView, type TableSource } from './replica-view.ts';

const nothing: Expected = noEdits;

/** A replica with a port in a switch and a group, all of ours and intact, and what drifts in it. */
function story() {
  const replica = emptyReplica();
  const view = new ReplicaView(replica as unknown as TableSource, managed);
  replica.reset(
    {
      Option: { o1: { initial: { text: 'x', external_ids: marks('subnet/1', 'option') } } },
      Port: {
        p1: {
          initial: {
            name: 'p1',
            addresses: texts('b', 'a'),
            option: ['uuid', 'o1'],
            external_ids: marks('port/1', 'port'),
          },
        },
      },
      Switch: {
        s1: { initial: { name: 's1', ports: uuids('p1'), external_ids: marks('network/1', 'switch') } },
      },
      Group: {
        g1: { initial: { name: 'g1', ports: uuids('p1'), external_ids: marks('group/1', 'group') } },
        g2: { initial: { name: 'theirs', ports: uuids() } },
      },
      Set: {
        a1: { initial: { name: 'a1', members: texts('x', 'y'), external_ids: marks('addresses/1', 'set') } },
      },
    },
    'differences',
  );
  for (const table of Object.keys(managed)) {
    for (const row of view.table(table).rows()) {
      if (view.refOf(table, row) === undefined) continue;
      const digest = digestOf(actualContents(view, table, row));
      const ids: Json = ['map', [['sextant:digest', digest]]];
      replica.apply({ [table]: { [row._uuid]: { modify: { external_ids: ids } } } }, 'differences');
    }
  }
  const seen: RowChange<Row>[][] = [];
  replica.onChange((changes) => seen.push(changes as unknown as RowChange<Row>[]));
  return {
    view,
    /** The units that an update makes suspicious. */
    after(update: Json, expected: Expected = nothing): string[] {
      seen.length = 0;
      replica.apply(update, 'differences');
      return [...driftedUnits(seen.flat(), view, expected)].sort();
    },
    port: () => view.table('Port').get('p1')!,
  };
}

test('a planned row and the same row in the replica have the same digest', () => {
  const { view, port } = story();
  const planned = plannedContents(view, 'port/1', {
    table: 'Port',
    key: 'port',
    columns: { name: 'p1', addresses: ['a', 'b'], option: new RowRef('Option', 'subnet/1', 'option') },
    parent: new RowRef('Switch', 'network/1', 'switch'),
    memberOf: [new RowRef('Group', 'group/1', 'group')],
  });
  assert.deepEqual(planned, actualContents(view, 'Port', port()));
  assert.equal(digestOf(planned), digestOf(actualContents(view, 'Port', port())));
});

const modify = (table: string, uuid: string, columns: Json): Json => ({
  [table]: { [uuid]: { modify: columns } },
});

const drifts: [string, Json, string[]][] = [
  ['a changed column', modify('Port', 'p1', { name: 'other' }), ['port/1']],
  ['a member taken out of a set', modify('Port', 'p1', { addresses: texts('a') }), ['port/1']],
  ['a cleared reference', modify('Port', 'p1', { option: uuids() }), ['port/1']],
  ['a lost membership', modify('Group', 'g1', { ports: uuids('p1') }), ['port/1']],
  ['a deleted group', { Group: { g1: { delete: null } } }, ['group/1', 'port/1']],
  ['a deleted row', { Port: { p1: { delete: null } } }, ['port/1']],
  ['a member of a set that grows', modify('Set', 'a1', { members: texts('z') }), ['addresses/1']],
  ['one that left such a set', modify('Set', 'a1', { members: texts('x') }), ['addresses/1']],
  ['a lost parent', modify('Switch', 's1', { ports: uuids('p1') }), ['port/1']],
  [
    'a mark taken off',
    modify('Port', 'p1', { external_ids: ['map', [['sextant:unit', 'port/1']]] }),
    ['port/1'],
  ],
  [
    'a mark moved',
    modify('Port', 'p1', { external_ids: ['map', [['sextant:unit', 'port/2']]] }),
    ['port/1', 'port/2'],
  ],
  [
    'a row that poses as ours',
    { Switch: { s9: { insert: { name: 'x', external_ids: marks('network/9', 'switch', 'x') } } } },
    ['network/9'],
  ],
  ['a foreign row', { Switch: { s9: { insert: { name: 'x' } } } }, []],
  ['a foreign group that our port joins', modify('Group', 'g2', { ports: uuids('p1') }), []],
];

for (const [name, update, units] of drifts) {
  test(`${name}: ${units.join(' and ') || 'nobody’s business'}`, () => {
    assert.deepEqual(story().after(update), units);
  });
}

test('a deletion of our own is none', () => {
  assert.deepEqual(
    story().after({ Port: { p1: { delete: null } } }, { ...nothing, leaving: new Set(['p1']) }),
    [],
  );
});

test('a set that grows has what we bring into it, and not what others do at the same time', () => {
  const ours = { table: 'Set', column: 'members', insert: new Set(['z']), delete: new Set(['x']) };
  const expected = { ...nothing, members: new Map([['a1', ours]]) };
  assert.deepEqual(story().after(modify('Set', 'a1', { members: texts('z', 'x') }), expected), []);
  for (const members of [texts('z', 'other'), texts('y')])
    assert.deepEqual(story().after(modify('Set', 'a1', { members }), expected), ['addresses/1']);
});

test('a change of our own brings its digest along', () => {
  const { view, port, after } = story();
  const was = digestOf(actualContents(view, 'Port', port()));
  const is = digestOf({
    ...actualContents(view, 'Port', port()),
    columns: new Map([...actualContents(view, 'Port', port()).columns, ['name', '["new"]']]),
  });
  assert.notEqual(was, is);
  const ids: Json = ['map', [['sextant:digest', is]]];
  assert.deepEqual(after(modify('Port', 'p1', { name: 'new', external_ids: ids })), []);
});
