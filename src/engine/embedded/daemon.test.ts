import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restartDelay } from './daemon.ts';

test('the delay before a restart doubles up to ten seconds', () => {
  assert.deepEqual([0, 1, 2, 3, 6, 7, 50].map(restartDelay), [100, 200, 400, 800, 6_400, 10_000, 10_000]);
});
