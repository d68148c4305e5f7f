import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bindDeclaration, declareDatabase } from './declaration.ts';
import { LockNotHeldError, RefusedError, RetryableError, ServerDiskError } from './errors.ts';
import { parseSchema } from './schema.ts';
import { Transaction } from './transaction.ts';

const declaration = declareDatabase('db', {
  Switch: { name: 'string', ports: 'set of uuid', options: 'map of string to string', novelty: 'string' },
  Port: { name: 'string' },
});
const tables = bindDeclaration(
  declaration,
  parseSchema({
    name: 'db',
    tables: {
      Switch: {
        columns: {
          name: { type: 'string' },
          ports: { type: { key: { type: 'uuid', refTable: 'Port' }, min: 0, max: 'unlimited' } },
          options: { type: { key: 'string', value: 'string', min: 0, max: 'unlimited' } },
        },
      },
      Port: { columns: { name: { type: 'string' } } },
    },
  }),
);
const open = () => new Transaction<typeof declaration.tables>(tables);
const uuid = '550e8400-e29b-41d4-a716-446655440000';

test('operations take the form of RFC 7047 section 5.2', () => {
  const transaction = open();
  transaction.assertLock('leader');
  const port = transaction.insert('Port', { name: 'p1' });
  transaction.update('Switch', [['name', '==', 's1']], {
    options: { a: 'b' },
    novelty: 'unknown to the server',
  });
  transaction.mutate('Switch', uuid, {
    ports: { insert: [port] },
    options: { insert: { c: 'd' }, delete: ['e'] },
  });
  transaction.delete('Port', uuid);
  transaction.wait('Switch', [['name', '==', 's1']], ['name'], '!=', [{ name: 's1' }]);
  transaction.comment('why');
  const byUuid = [['_uuid', '==', ['uuid', uuid]]];
  assert.deepEqual(transaction.operations, [
    { op: 'assert', lock: 'leader' },
    { op: 'insert', table: 'Port', 'uuid-name': 'row1', row: { name: 'p1' } },
    { op: 'update', table: 'Switch', where: [['name', '==', 's1']], row: { options: ['map', [['a', 'b']]] } },
    {
      op: 'mutate',
      table: 'Switch',
      where: byUuid,
      mutations: [
        ['ports', 'insert', ['set', [['named-uuid', 'row1']]]],
        ['options', 'delete', ['set', ['e']]],
        ['options', 'insert', ['map', [['c', 'd']]]],
      ],
    },
    { op: 'delete', table: 'Port', where: byUuid },
    {
      op: 'wait',
      timeout: 0,
      table: 'Switch',
      where: [['name', '==', 's1']],
      columns: ['name'],
      until: '!=',
      rows: [{ name: 's1' }],
    },
    { op: 'comment', comment: 'why' },
  ]);
});

test('the result tells the UUIDs of new rows and how many rows each operation met', () => {
  const transaction = open();
  const first = transaction.insert('Port', {});
  const gone = transaction.delete('Port', uuid);
  const second = transaction.insert('Port', {});
  const result = transaction.readReply([{ uuid: ['uuid', 'u1'] }, { count: 3 }, { uuid: ['uuid', 'u2'] }]);
  assert.deepEqual([result.uuid(first), result.count(gone), result.uuid(second)], ['u1', 3, 'u2']);
  assert.throws(() => result.uuid(open().insert('Port', {})), /not a row of this transaction/);
});

test('errors are typed, and name the operation', () => {
  const transaction = open();
  transaction.assertLock('leader');
  transaction.insert('Port', {});
  const reply =
    (error: string, details = '') =>
    () =>
      transaction.readReply([{}, { error, details }]);
  assert.throws(reply('constraint violation', 'too long'), (error) => {
    assert.ok(error instanceof RefusedError);
    assert.deepEqual([error.tag, error.operation], ['constraint violation', 1]);
    assert.equal(error.message, 'constraint violation: too long (operation 1)');
    return true;
  });
  assert.throws(() => transaction.readReply([{ error: 'not owner' }, null]), LockNotHeldError);
  for (const tag of ['not leader', 'cluster error', 'timed out', 'try again'])
    assert.throws(reply(tag), RetryableError);
  assert.throws(reply('I/O error', 'write failed'), ServerDiskError);
  assert.throws(
    () => transaction.readReply([{}, {}, { error: 'referential integrity violation' }]),
    (error) => {
      assert.ok(error instanceof RefusedError);
      assert.equal(error.operation, undefined, 'the commit failed, not an operation');
      return true;
    },
  );
});

test('a condition on a column that the server lacks is an error, not "all rows"', () => {
  assert.throws(
    () => open().delete('Switch', [['novelty', '==', 'x']]),
    /Switch\.novelty: "x" .* no such column/,
  );
});
