import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyReplica, managed, marks, tables, texts } from '../../../test/support/replica.ts';
import { Transaction } from '../../ovsdb/transaction.ts';
import { diff } from './diff.ts';
import { type Planned, RowRef, type UnitName } from './plan.ts';
import { ReplicaView, type TableSource } from './replica-view.ts';
import { writeEdits } from './write-edits.ts';

const set = new RowRef('Set', 'addresses/1', 'set');
const all = (...members: string[]): Planned => ({
  table: 'Set',
  key: 'set',
  columns: { name: 'a1', members },
});

/** The operations that make a set with `x` and `y` be as planned, without marks. */
function operationsFor(plans: Record<UnitName, Planned[]>): unknown[] {
  const replica = emptyReplica();
  const view = new ReplicaView(replica as unknown as TableSource, managed);
  const external_ids = marks('addresses/1', 'set');
  replica.reset(
    { Set: { a1: { initial: { name: 'a1', members: texts('x', 'y'), external_ids } } } },
    'differences',
  );
  const transaction = new Transaction(tables);
  writeEdits(transaction, diff(new Map(Object.entries(plans)), view), view);
  return transaction.operations.flatMap(({ mutations }) =>
    (mutations as [string, string, unknown][]).filter(([column]) => column !== 'external_ids'),
  );
}

const insertion = (...members: string[]) => ['members', 'insert', texts(...members)];
const deletion = (...members: string[]) => ['members', 'delete', texts(...members)];

test('members that are planned by themselves are what is sent of a set', () => {
  const one = [{ holder: set, member: 'z', isIn: true }];
  assert.deepEqual(operationsFor({ 'member/z': one }), [insertion('z')]);
  const other = [{ holder: set, member: 'x', isIn: false }];
  assert.deepEqual(operationsFor({ 'member/z': one, 'member/x': other }), [deletion('x'), insertion('z')]);
});

test('members that are as planned are sent no more', () => {
  const plans = {
    a: [{ holder: set, member: 'x', isIn: true }],
    b: [{ holder: set, member: 'z', isIn: false }],
  };
  assert.deepEqual(operationsFor(plans), []);
});

test('a set as a whole and members of it are one mutation', () => {
  const plans = {
    'member/z': [{ holder: set, member: 'z', isIn: true }],
    'addresses/1': [all('y', 'z', 'w')],
  };
  assert.deepEqual(operationsFor(plans), [deletion('x'), insertion('z', 'w')]);
});

test('members of a set that is not there yet come with it', () => {
  const missing = new RowRef('Set', 'addresses/2', 'set');
  assert.deepEqual(operationsFor({ 'member/z': [{ holder: missing, member: 'z', isIn: true }] }), []);
});
