import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { CleanupStack } from './cleanup-stack.ts';

test('what came last ends first, and what fails keeps nothing else from ending', async () => {
  const ended: string[] = [];
  const log = pino({}, { write: (line) => ended.push((JSON.parse(line) as { msg: string }).msg) });
  const stack = new CleanupStack(log);
  stack.push('first', () => ended.push('first'));
  stack.push('second', () => {
    throw new Error('stuck');
  });
  stack.push('third', async () => {
    await Promise.resolve();
    ended.push('third');
  });
  await stack.unwind();
  await stack.unwind();
  assert.deepEqual(ended, ['third', 'the second did not stop in order', 'first']);
});
