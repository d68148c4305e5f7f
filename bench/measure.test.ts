import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEach, measure } from './measure.ts';

const { signal } = new AbortController();

test('every number is handled once, by so many at a time and no more', async () => {
  const handled: number[] = [];
  let running = 0;
  let most = 0;
  const summary = await measure({ count: 20, clients: 4, signal }, async (index) => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
    handled.push(index);
  });
  assert.equal(most, 4);
  assert.equal(summary.samples, 20);
  assert.deepEqual(
    handled.sort((a, b) => a - b),
    Array.from({ length: 20 }, (_, index) => index),
  );
});

test('an error ends the work of all', async () => {
  let begun = 0;
  const work = async () => {
    if (++begun === 3) throw new Error('broken');
    await new Promise(setImmediate);
  };
  await assert.rejects(forEach({ count: 1000, clients: 2, signal }, work), /broken/);
  assert.ok(begun < 10);
});

test('an abort ends the work with its reason', async () => {
  const controller = new AbortController();
  const work = async (index: number) => {
    if (index === 2) controller.abort(new Error('enough'));
  };
  await assert.rejects(forEach({ count: 1000, clients: 1, signal: controller.signal }, work), /enough/);
});
