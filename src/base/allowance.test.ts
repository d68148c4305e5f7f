import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Allowance } from './allowance.ts';

test('a burst, then so many a second; others are not affected', () => {
  let now = 0;
  const allowance = new Allowance<string>(3, 2, () => now);
  const taken = (key: string, times: number) =>
    Array.from({ length: times }, () => allowance.take(key)).filter(Boolean).length;
  assert.equal(taken('a', 10), 3);
  assert.equal(taken('b', 2), 2);
  now = 1_000;
  assert.equal(taken('a', 10), 2);
  now = 1_400;
  assert.equal(taken('a', 10), 0);
  now = 60_000;
  assert.equal(taken('a', 10), 3, 'no more than a burst is saved up');
});

test('who comes under ever new names is forgotten', () => {
  const allowance = new Allowance<number>(1, 0, () => 0);
  for (let key = 0; key < 30_000; key++) assert.ok(allowance.take(key));
  assert.ok(allowance.take(0));
  assert.ok(!allowance.take(29_999));
});
