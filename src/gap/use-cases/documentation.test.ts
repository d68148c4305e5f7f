import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { useCaseIds } from '../kit/use-case.ts';
import { useCaseTable } from '../report/use-case-page.ts';
import { useCases } from './registry.ts';

test('the page on use cases says what they claim', () => {
  const page = readFileSync(new URL('../../../docs/reference/use-cases.md', import.meta.url), 'utf8');
  assert.ok(page.includes(useCaseTable(useCases)), 'run: node scripts/update-use-cases-page.ts');
});

test('every use case is there once, in the order of the table', () => {
  assert.deepEqual(
    useCases.map(({ id }) => id),
    useCaseIds,
  );
});

test('a row that is not yes says what is missing, and one that is yes misses nothing', () => {
  for (const { id, claim, missing } of useCases) assert.equal(claim === 'yes', missing.length === 0, id);
});

test('what is not built is claimed to be no, and nothing else is', () => {
  for (const { id, claim, gather } of useCases) assert.equal(claim === 'no', gather === undefined, id);
});
