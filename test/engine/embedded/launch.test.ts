import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { launch } from '../../../src/engine/embedded/launch.ts';

const how = { namespace: null, environment: {}, output: 2 };

test('a process starts when its parent is the one it was told', async () => {
  const child = launch({ ...how, command: ['true'] });
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('a process whose parent has died meanwhile does not start', async () => {
  const child = launch({ ...how, command: ['true'] }, 1);
  assert.deepEqual(await once(child, 'exit'), [1, null]);
});
