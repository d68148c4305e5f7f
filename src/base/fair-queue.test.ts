import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BusyError, FairQueue } from './fair-queue.ts';

/** Tasks that run until they are let go, and the order in which they began. */
function tasks(queue: FairQueue) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const add = (whose: string, name: string) =>
    queue.run(whose, () => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
    });
  const end = async (name: string, task: Promise<string>) => {
    ends.get(name)?.();
    assert.equal(await task, name);
    await new Promise(setImmediate);
  };
  return { begun, add, end };
}

test('one has no more at a time than its share, and others come in between', async () => {
  const { begun, add, end } = tasks(new FairQueue({ total: 3, each: 2, waiting: 10 }));
  const greedy = ['a1', 'a2', 'a3', 'a4'].map((name) => add('a', name));
  const modest = [add('b', 'b1'), add('c', 'c1')];
  await new Promise(setImmediate);
  assert.deepEqual(begun, ['a1', 'a2', 'b1']);
  await end('a1', greedy[0]!);
  await end('a2', greedy[1]!);
  assert.deepEqual(begun, ['a1', 'a2', 'b1', 'a3', 'c1']);
  await end('b1', modest[0]!);
  assert.deepEqual(begun.at(-1), 'a4');
});

test('too much of one is refused, and what fails makes room', async () => {
  const queue = new FairQueue({ total: 1, each: 1, waiting: 1 });
  const failing = queue.run('a', () => Promise.reject(new Error('no')));
  const waiting = queue.run('a', async () => 'done');
  await assert.rejects(() => queue.run('a', async () => ''), BusyError);
  await assert.rejects(failing, /no/);
  assert.equal(await waiting, 'done');
});

test('too much of all is refused, however little of each', async () => {
  const queue = new FairQueue({ total: 1, each: 1, waiting: 5, waitingOfAll: 2 });
  const { promise, resolve } = Promise.withResolvers<string>();
  const tasks = ['a', 'b', 'c'].map((whose) => queue.run(whose, () => promise));
  await assert.rejects(() => queue.run('d', async () => ''), BusyError);
  resolve('done');
  assert.deepEqual(await Promise.all(tasks), ['done', 'done', 'done']);
  assert.equal(await queue.run('d', async () => 'later'), 'later');
});
