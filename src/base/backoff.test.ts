import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from './backoff.ts';

test('each failure doubles the wait, up to the longest', () => {
  const backoff = new Backoff<string>(100, 350);
  assert.equal(backoff.isDue('a', 0), true);
  assert.equal(backoff.delay(0), undefined);
  const waits = [100, 200, 350, 350].map((wait) => {
    backoff.failed('a', 0);
    return [backoff.delay(0), backoff.isDue('a', wait - 1), backoff.isDue('a', wait)];
  });
  assert.deepEqual(waits, [
    [100, false, true],
    [200, false, true],
    [350, false, true],
    [350, false, true],
  ]);
});

test('one waits, and others do not', () => {
  const backoff = new Backoff<string>(100, 1000);
  backoff.failed('a', 0);
  backoff.failed('a', 100);
  backoff.failed('b', 150);
  assert.equal(backoff.isDue('c', 150), true);
  assert.equal(backoff.delay(150), 100);
  backoff.forget('a');
  backoff.forget('b');
  assert.deepEqual([...backoff.keys()], []);
  assert.equal(backoff.isDue('a', 0), true);
});
