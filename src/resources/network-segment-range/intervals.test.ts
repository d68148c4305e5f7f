import assert from 'node:assert/strict';
import { test } from 'node:test';
import { intervalsFor } from './intervals.ts';

const usual = [{ minimum: 1, maximum: 1000 }];

test('without ranges of administrators every project has those of the configuration', () => {
  assert.deepEqual(intervalsFor('red', [], usual), usual);
});

test('what is a project’s own comes first, and is nobody else’s', () => {
  const made = [{ projectId: 'red', minimum: 100, maximum: 199 }];
  const shared = [
    { minimum: 1, maximum: 99 },
    { minimum: 200, maximum: 1000 },
  ];
  assert.deepEqual(intervalsFor('red', made, usual), [{ minimum: 100, maximum: 199 }, ...shared]);
  assert.deepEqual(intervalsFor('blue', made, usual), shared);
});

test('ranges for everybody come before those of the configuration', () => {
  const made = [{ projectId: null, minimum: 5000, maximum: 5001 }];
  assert.deepEqual(intervalsFor('red', made, usual), [{ minimum: 5000, maximum: 5001 }, ...usual]);
});

test('nothing may be left', () => {
  const made = [
    { projectId: 'red', minimum: 1, maximum: 600 },
    { projectId: 'green', minimum: 601, maximum: 1000 },
  ];
  assert.deepEqual(intervalsFor('blue', made, usual), []);
});
