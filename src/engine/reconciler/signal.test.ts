import { test } from 'node:test';
import { Signal } from './signal.ts';

const forever = 2 ** 30;

test('a notification wakes the one who waits', async () => {
  const signal = new Signal();
  const woken = signal.wait(forever);
  signal.notify();
  await woken;
});

test('a notification that nobody waited for is kept, once', async () => {
  const signal = new Signal();
  signal.notify();
  signal.notify();
  await signal.wait(forever);
  await signal.wait(1);
});

test('nobody waits longer than the time given', async () => {
  await new Signal().wait(1);
});
