import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { test } from 'node:test';
import { launch } from '../../src/linux/launch.ts';

const how = { namespace: null, environment: {}, niceness: 0, output: 2, outlives: false };

test('a process starts when its parent is the one it was told', async () => {
  const child = launch({ ...how, command: ['true'] });
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('a process whose parent has died meanwhile does not start', async () => {
  const child = launch({ ...how, command: ['true'] }, 1);
  assert.deepEqual(await once(child, 'exit'), [1, null]);
});

test('niceness counts among sessions as well', async (t) => {
  const child = launch({ ...how, command: ['sleep', '1000'], niceness: 10 });
  t.after(() => child.kill('SIGKILL'));
  assert.equal(getPriority(child.pid), 10);
  const autogroup = `/proc/${child.pid}/autogroup`;
  if (existsSync(autogroup)) assert.match(readFileSync(autogroup, 'utf8'), /nice 10/);
});
