import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { errorsPage } from './page.ts';

test('the page on errors has every one of them', () => {
  const page = readFileSync(new URL('../../docs/reference/errors.md', import.meta.url), 'utf8');
  assert.equal(page, errorsPage(), 'run: npm run docs');
});
