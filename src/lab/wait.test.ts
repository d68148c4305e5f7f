import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterPatience, onceSettled, setLag } from './wait.ts';

/** Has the process stand still. */
const standStill = (milliseconds: number) =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

test('what came while the process stood still counts before patience ends', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const end = afterPatience(100, () => resolve('silence'));
  setImmediate(() => setImmediate(() => resolve('an answer')));
  standStill(300);
  assert.equal(await promise, 'an answer');
  end();
});

test('what a cloud may still be about is looked at again, and elsewhere once', async (t) => {
  let looks = 0;
  const look = async () => ++looks;
  assert.equal(await onceSettled(look, (seen) => seen === 3), 1);
  t.after(() => setLag(0));
  setLag(60_000);
  assert.equal(await onceSettled(look, (seen) => seen === 4), 4);
  setLag(60);
  assert.ok((await onceSettled(look, () => false)) > 5, 'what stays wrong is told as it was seen last');
});

test('patience ends, unless it is ended before', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const told: string[] = [];
  const end = afterPatience(10, () => told.push('ended'));
  end();
  afterPatience(20, resolve);
  await promise;
  assert.deepEqual(told, []);
});
