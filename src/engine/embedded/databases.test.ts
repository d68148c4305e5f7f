import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareVersions } from './databases.ts';

test('schema versions compare by number, part by part', () => {
  assert.ok(compareVersions('7.0.0', '6.9.9') > 0);
  assert.ok(compareVersions('7.2.0', '7.10.0') < 0);
  assert.ok(compareVersions('20.27.1', '20.27.0') > 0);
  assert.equal(compareVersions('8.3.1', '8.3.1'), 0);
});
