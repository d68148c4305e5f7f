import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsCompaction } from './database-upkeep.ts';

const MIB = 1024 * 1024;

test('a database is written anew when it is gone, or four times as big as what it holds', () => {
  assert.ok(needsCompaction(undefined, MIB), 'gone');
  assert.ok(!needsCompaction(3 * MIB, undefined), 'small, whatever it holds');
  assert.ok(needsCompaction(5 * MIB, undefined), 'what it holds is not known');
  assert.ok(needsCompaction(9 * MIB, 2 * MIB));
  assert.ok(!needsCompaction(399 * MIB, 100 * MIB), 'it holds as much');
  assert.ok(needsCompaction(401 * MIB, 100 * MIB));
});
