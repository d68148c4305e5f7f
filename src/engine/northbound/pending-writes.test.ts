import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import pino from 'pino';
import { PendingWrites } from './pending-writes.ts';

/** Pending writes into a list, refused while there is a reason to. */
function rig() {
  const written: [string, string][][] = [];
  const state: { objection: Error | undefined; mayWrite: boolean } = { objection: undefined, mayWrite: true };
  const writes = new PendingWrites<string>({
    what: 'it',
    write: async (portion) => {
      await nextTurn();
      if (state.objection) throw state.objection;
      written.push([...portion]);
    },
    mayWrite: () => state.mayWrite,
    log: pino({ level: 'silent' }),
  });
  return { writes, written, state };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

test('the last word on each key is written, in portions', async () => {
  const { writes, written } = rig();
  for (let key = 0; key < 600; key++) writes.put(`${key}`, 'old');
  writes.put('7', 'new');
  writes.start();
  writes.start();
  writes.put('599', 'newer');
  await writes.stop();
  assert.deepEqual(
    written.map((portion) => portion.length),
    [500, 100],
  );
  const values = new Map(written.flat());
  assert.deepEqual([values.get('7'), values.get('8'), values.get('599')], ['new', 'old', 'newer']);
});

test('what could not be written is tried again by itself, and what came meanwhile is newer', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { writes, written, state } = rig();
  state.objection = new Error('the store is away');
  writes.put('a', 'old');
  writes.put('b', 'old');
  writes.start();
  writes.put('a', 'new');
  await turns(5);
  writes.start();
  await turns(5);
  assert.deepEqual(written, []);
  t.mock.timers.tick(1_000);
  await turns(5);
  state.objection = undefined;
  t.mock.timers.tick(1_999);
  await turns(5);
  assert.deepEqual(written, [], 'twice as long after the second time');
  t.mock.timers.tick(1);
  await turns(5);
  assert.deepEqual(new Map(written.flat()), new Map(Object.entries({ a: 'new', b: 'old' })));
  await writes.stop();
});

test('stopping waits for what can be written, and for nothing else', async () => {
  const { writes, written } = rig();
  writes.put('a', 'x');
  await writes.stop();
  assert.deepEqual(written, [[['a', 'x']]]);
  const away = rig();
  away.state.objection = new Error('the store is away');
  away.writes.put('a', 'x');
  await away.writes.stop();
});

test('what may not be written waits', async () => {
  const { writes, written, state } = rig();
  state.mayWrite = false;
  writes.put('a', 'x');
  writes.start();
  await turns(5);
  assert.deepEqual(written, []);
  state.mayWrite = true;
  writes.start();
  await writes.stop();
  assert.deepEqual(written, [[['a', 'x']]]);
});
