import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { history } from '../history.ts';
import { useCaseIds } from '../use-case.ts';
import { useCases } from './index.ts';

const page = readFileSync(new URL('../../../docs/reference/use-cases.md', import.meta.url), 'utf8');

test('the page on use cases says what the use cases claim', () => {
  const rows = useCases.map(({ id, title, claim, missing }) => {
    const { kilo, liberty } = history[id];
    return `| \`${id}\` | ${title} | ${claim} | ${missing.join(' ')} | ${kilo} | ${liberty} |`;
  });
  const inPage = page.split('\n').filter((line) => line.startsWith('| `') && line.split('|').length === 8);
  assert.deepEqual(inPage, rows, `the table has to be:\n${rows.join('\n')}\n`);
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
