import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { test } from 'node:test';
import { units } from './units.ts';

test('every folder of a unit is in the list, under the name of its kind', () => {
  const folders = globSync('*/index.ts', { cwd: import.meta.dirname }).map((file) => basename(dirname(file)));
  assert.deepEqual(folders.sort(), units.map(({ kind }) => kind.replaceAll('_', '-')).sort());
});
