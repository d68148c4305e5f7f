import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Retries } from './retries.ts';

test('a unit that fails is due after a second, then after twice as long each time, up to five minutes', () => {
  const retries = new Retries();
  let now = 0;
  const delays: number[] = [];
  for (let attempt = 1; attempt <= 12; attempt++) {
    assert.equal(retries.failed('port/1', 'why', now).attempts, attempt);
    assert.deepEqual(retries.due(now), []);
    delays.push(retries.untilDue(now));
    now += retries.untilDue(now);
    assert.deepEqual(retries.due(now), ['port/1']);
  }
  assert.deepEqual(delays.slice(0, 4), [1_000, 2_000, 4_000, 8_000]);
  assert.equal(delays.at(-1), 300_000);
});

test('success forgets the failure', () => {
  const retries = new Retries();
  retries.failed('port/1', 'why', 0);
  retries.failed('port/2', 'because', 500);
  assert.equal(retries.untilDue(600), 400, 'the next of all');
  assert.deepEqual(retries.failures, [
    { unit: 'port/1', reason: 'why', attempts: 1 },
    { unit: 'port/2', reason: 'because', attempts: 1 },
  ]);
  retries.succeeded('port/1');
  retries.succeeded('port/2');
  assert.deepEqual(retries.due(10_000), []);
  assert.equal(retries.untilDue(10_000), Number.POSITIVE_INFINITY);
  assert.equal(retries.failed('port/1', 'why', 0).attempts, 1);
});
