import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compatibilityPage } from './compatibility-page.ts';

test('the page on compatibility has what the last runs came to', () => {
  const page = readFileSync(new URL('../../docs/reference/compatibility.md', import.meta.url), 'utf8');
  assert.equal(page, compatibilityPage(), 'run: npm run docs');
});
