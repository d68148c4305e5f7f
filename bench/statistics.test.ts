import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { quantile, summarise } from './statistics.ts';

test('median, p95 and p99 of known samples, in any order', () => {
  assert.deepEqual(summarise([5, 1, 4, 2, 3]), { samples: 5, median: 3, p95: 4.8, p99: 4.96 });
  assert.deepEqual(summarise([2, 1], 500), { samples: 2, median: 1.5, p95: 1.95, p99: 1.99, perSecond: 4 });
  assert.deepEqual(summarise([7]), { samples: 1, median: 7, p95: 7, p99: 7 });
  assert.throws(() => summarise([]), RangeError);
});

test('a quantile lies among the samples and grows with its share', () => {
  const samples = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(samples, share, share, (values, a, b) => {
      const sorted = values.sort((x, y) => x - y);
      const [low, high] = [quantile(sorted, Math.min(a, b)), quantile(sorted, Math.max(a, b))];
      assert.ok(sorted[0]! <= low && low <= high + 1e-9 && high <= sorted.at(-1)! + 1e-9);
    }),
  );
});
