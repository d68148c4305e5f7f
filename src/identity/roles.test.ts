import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withImplied } from './roles.ts';

const all = ['reader', 'member', 'manager', 'admin', 'operator'].map((name) => ({
  id: `id of ${name}`,
  name,
}));
const named = (...names: string[]): string[] =>
  withImplied(
    all.filter(({ name }) => names.includes(name)),
    all,
  ).map(({ name }) => name);

test('roles imply those below them, each once', () => {
  assert.deepEqual(named('admin'), ['admin', 'manager', 'member', 'reader']);
  assert.deepEqual(named('member', 'reader').sort(), ['member', 'reader']);
  assert.deepEqual(named('operator'), ['operator']);
  assert.deepEqual(named(), []);
});

test('a role that is not there any more is implied by none', () => {
  const left = all.filter(({ name }) => name !== 'member');
  assert.deepEqual(
    withImplied(
      left.filter(({ name }) => name === 'manager'),
      left,
    ).map(({ name }) => name),
    ['manager'],
  );
});
