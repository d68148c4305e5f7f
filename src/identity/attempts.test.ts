import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestError } from '../errors/index.ts';
import { Attempts } from './attempts.ts';

function attempts() {
  let now = 0;
  const limits = new Attempts(() => now);
  const may = (user: string, address: string): boolean => {
    try {
      limits.permit(user, address);
      return true;
    } catch (error) {
      assert.ok(error instanceof RequestError && error.status === 429);
      return false;
    }
  };
  const fail = (times: number, user: string, address: string): void => {
    for (let time = 0; time < times; time++) limits.failed(user, address);
  };
  return { limits, may, fail, wait: (ms: number) => (now += ms) };
}

test('a user may be tried twenty times wrongly, from then on once in six seconds', () => {
  const { may, fail, wait } = attempts();
  fail(19, 'ruth', 'a');
  assert.ok(may('ruth', 'a'));
  fail(1, 'ruth', 'b');
  assert.ok(!may('ruth', 'a'));
  assert.ok(!may('ruth', 'c'));
  assert.ok(may('rosa', 'a'));
  wait(5_999);
  assert.ok(!may('ruth', 'a'));
  wait(1);
  assert.ok(may('ruth', 'a'));
});

test('an address may try a hundred times wrongly, whomever', () => {
  const { may, fail } = attempts();
  for (let count = 0; count < 100; count++) fail(1, `user ${count}`, 'a');
  assert.ok(!may('ruth', 'a'));
  assert.ok(may('ruth', 'b'));
});

test('who signed in from an address is not held back there by what others try for the same user', () => {
  const { limits, may, fail } = attempts();
  limits.succeeded('ruth', 'home');
  fail(20, 'ruth', 'a');
  assert.ok(may('ruth', 'home'));
  assert.ok(!may('ruth', 'a'));
  fail(100, 'nobody', 'home');
  assert.ok(!may('ruth', 'home'));
});
