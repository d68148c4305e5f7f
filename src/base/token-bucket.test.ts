import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TokenBucket } from './token-bucket.ts';

test('after a rest a burst goes at once, then one each interval', () => {
  const bucket = new TokenBucket(3, 20, 1_000);
  const at: number[] = [];
  for (let now = 1_000; at.length < 6; ) {
    now += bucket.delay(now);
    bucket.spend(now);
    at.push(now);
  }
  assert.deepEqual(at, [1_000, 1_000, 1_000, 1_020, 1_040, 1_060]);
});

test('a rest fills the burst up again, and no further', () => {
  const bucket = new TokenBucket(2, 10, 0);
  bucket.spend(0);
  bucket.spend(0);
  assert.equal(bucket.delay(0), 10);
  assert.equal(bucket.delay(4), 6);
  for (let index = 0; index < 2; index++) {
    assert.equal(bucket.delay(1_000), 0);
    bucket.spend(1_000);
  }
  assert.equal(bucket.delay(1_000), 10);
});

test('in any time no more go than the burst and one for each interval', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 50 })), (pauses) => {
      const bucket = new TokenBucket(5, 20, 0);
      let now = 0;
      for (const [index, pause] of pauses.entries()) {
        now += pause;
        now += bucket.delay(now);
        bucket.spend(now);
        assert.ok(index + 1 <= 5 + now / 20 + 1e-6, `${index + 1} within ${now} ms`);
      }
    }),
  );
});

test('who may not go has not gone', () => {
  const bucket = new TokenBucket(1, 10, 0);
  assert.ok(bucket.take(0));
  assert.ok(!bucket.take(9));
  assert.ok(bucket.take(10));
});
