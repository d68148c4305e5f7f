import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Belongings, ClosedError } from './belongings.ts';

/** Belongings that write down what is removed. */
function watched(signal?: AbortSignal) {
  const removed: string[] = [];
  const belongings = new Belongings(signal);
  const make = (name: string, made: Promise<void> = Promise.resolve()) =>
    belongings.make(
      () => made.then(() => name),
      async (one) => void removed.push(one),
    );
  return { belongings, removed, make };
}

test('what came last goes first', async () => {
  const { belongings, removed, make } = watched();
  await make('network');
  await make('port');
  await belongings[Symbol.asyncDispose]();
  assert.deepEqual(removed, ['port', 'network']);
});

test('what is still being made when the end comes is removed too', async () => {
  const { belongings, removed, make } = watched();
  const slow = Promise.withResolvers<void>();
  const making = make('port', slow.promise);
  const end = belongings[Symbol.asyncDispose]();
  slow.resolve();
  await Promise.all([making, end]);
  assert.deepEqual(removed, ['port']);
});

test('what could not be made does not hold up the end', async () => {
  const { belongings, removed, make } = watched();
  await make('network');
  await assert.rejects(make('port', Promise.reject(new Error('quota'))), /quota/);
  await belongings[Symbol.asyncDispose]();
  assert.deepEqual(removed, ['network']);
});

test('nothing is made after the end, or after the signal', async () => {
  const { belongings, make } = watched();
  await belongings[Symbol.asyncDispose]();
  await assert.rejects(make('port'), ClosedError);
  const reason = new Error('enough');
  await assert.rejects(watched(AbortSignal.abort(reason)).make('port'), reason);
});

test('one that cannot be removed does not keep the others', async () => {
  const { belongings, removed, make } = watched();
  await make('network');
  belongings.removeLater(() => Promise.reject(new Error('in use')));
  await make('port');
  await assert.rejects(belongings[Symbol.asyncDispose](), /in use/);
  assert.deepEqual(removed, ['port', 'network']);
});

test('each that cannot be removed is told of', async () => {
  const { belongings } = watched();
  for (const why of ['third', 'second', 'first'])
    belongings.removeLater(() => Promise.reject(new Error(why)));
  await assert.rejects(belongings[Symbol.asyncDispose](), /first; Error: second; Error: third$/);
});
