import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyReplica, managed, marks } from '../../../test/support/replica.ts';
import { type PlannedRow, RowRef, type UnitName } from './plan.ts';
import { ReplicaView, type TableSource } from './replica-view.ts';
import { missingUnits, type Plans, withoutDangling } from './resolve.ts';

const view = (contents: Parameters<ReturnType<typeof emptyReplica>['reset']>[0] = {}) => {
  const replica = emptyReplica();
  replica.reset(contents, 'differences');
  return new ReplicaView(replica as unknown as TableSource, managed);
};

const switchRow: PlannedRow = { table: 'Switch', key: 'switch', columns: { name: 's' } };
const switchOf = (unit: UnitName) => new RowRef('Switch', unit, 'switch');
const portIn = (unit: UnitName, memberOf: RowRef[] = []): PlannedRow => ({
  table: 'Port',
  key: 'port',
  columns: { name: 'p' },
  parent: switchOf(unit),
  memberOf,
});
const plans = (entries: Record<UnitName, PlannedRow[]>): Plans => new Map(Object.entries(entries));

test('a unit that a row refers to and that has no such row yet must join', () => {
  const batch = plans({ 'port/1': [portIn('network/1')] });
  assert.deepEqual([...missingUnits(batch, view())], ['network/1']);
  const present = view({ Switch: { u1: { initial: { external_ids: marks('network/1', 'switch') } } } });
  assert.deepEqual([...missingUnits(batch, present)], []);
  assert.deepEqual(
    [...missingUnits(plans({ 'port/1': [portIn('network/1')], 'network/1': [switchRow] }), view())],
    [],
  );
});

test('references to rows that nobody plans take their unit out, and those that need it', () => {
  const group = new RowRef('Group', 'group/1', 'group');
  const { sound, dangling } = withoutDangling(
    plans({
      'network/1': [switchRow],
      'network/2': [],
      'port/ok': [portIn('network/1')],
      'port/lost': [portIn('network/2')],
      'group/1': [{ table: 'Group', key: 'group', columns: { name: 'g', option: switchOf('network/2') } }],
      'port/member': [portIn('network/1', [group])],
    }),
    view(),
  );
  assert.deepEqual([...sound.keys()], ['network/1', 'network/2', 'port/ok']);
  assert.deepEqual(
    Array.from(dangling, ([unit, ref]) => `${unit}: ${ref}`),
    [
      'port/lost: Switch switch of network/2',
      'group/1: Switch switch of network/2',
      'port/member: Group group of group/1',
    ],
  );
});

test('a row that the batch is about to delete is not there any more', () => {
  const present = view({ Switch: { u1: { initial: { external_ids: marks('network/1', 'switch') } } } });
  const { dangling } = withoutDangling(plans({ 'network/1': [], 'port/1': [portIn('network/1')] }), present);
  assert.deepEqual([...dangling.keys()], ['port/1']);
});
