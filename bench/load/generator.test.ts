import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LoadTask, shares } from './generator.ts';

const task = { endpoint: '', headers: {}, method: 'GET', status: 200, clients: 5, count: 9 } as const;

test('the parts of a task are the whole, and each path is asked by one process', () => {
  const whole: LoadTask = { ...task, paths: ['/a', '/b', '/c'] };
  const parts = shares(whole, 2);
  assert.deepEqual(
    parts.map(({ clients, count, paths }) => ({ clients, count, paths })),
    [
      { clients: 3, count: 5, paths: ['/a', '/c'] },
      { clients: 2, count: 4, paths: ['/b'] },
    ],
  );
});

test('no process is without a client, a request or a path', () => {
  const onePath = { ...task, paths: ['/a'] };
  assert.equal(shares({ ...onePath, clients: 1 }, 2).length, 1);
  assert.equal(shares({ ...onePath, count: 1 }, 2).length, 1);
  assert.equal(shares({ ...task, paths: ['/a', '/b'] }, 4).length, 2);
});
