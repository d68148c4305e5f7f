import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeHealth, UNKNOWN } from './member-health.ts';

const limits = { fall: 3, rise: 2 };

/** What is thought after each of these answers: + for well, - for none. */
const thoughts = (answers: string): (boolean | undefined)[] => {
  let health = UNKNOWN;
  return Array.from(answers, (answer) => {
    health = judgeHealth(health, answer === '+', limits);
    return health.healthy;
  });
};

test('nothing is known before there are enough answers or failures in a row', () => {
  assert.deepEqual(thoughts('++'), [undefined, true]);
  assert.deepEqual(thoughts('+--+--'), Array(6).fill(undefined));
  assert.deepEqual(thoughts('---'), [undefined, undefined, false]);
});

test('a member falls and rises after as many in a row, not by ones and twos', () => {
  assert.deepEqual(thoughts('++--+--'), [undefined, true, true, true, true, true, true]);
  assert.deepEqual(thoughts('++---').at(-1), false);
  assert.deepEqual(thoughts('++---+-+').at(-1), false);
  assert.deepEqual(thoughts('++---++').at(-1), true);
});
