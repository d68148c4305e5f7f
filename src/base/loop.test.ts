import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Loop } from './loop.ts';

const never = (error: unknown) => assert.fail(String(error));

test('several wake-ups in one turn make one run', async () => {
  let runs = 0;
  const loop = new Loop(async () => void runs++, 0, never);
  loop.wake();
  loop.wake();
  await loop.run();
  assert.equal(runs, 1);
});

test('a wake-up during a run makes one more run, after it', async () => {
  const gate = Promise.withResolvers<void>();
  const events: string[] = [];
  const loop = new Loop(
    async () => {
      events.push('begin');
      await gate.promise;
      events.push('end');
    },
    0,
    never,
  );
  const first = loop.run();
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(events, ['begin']);
  const second = loop.run();
  gate.resolve();
  await first;
  await second;
  assert.deepEqual(events, ['begin', 'end', 'begin', 'end']);
});

test('who has waited for one run may ask for the next', async () => {
  let runs = 0;
  const loop = new Loop(async () => void runs++, 0, never);
  for (let round = 1; round <= 3; round++) {
    await loop.run();
    assert.equal(runs, round);
  }
});

test('a run that fails is told and repeated; who waits, waits for success', async () => {
  const failures: unknown[] = [];
  let attempts = 0;
  const loop = new Loop(
    async () => {
      if (++attempts < 3) throw new Error(`attempt ${attempts}`);
    },
    1,
    (error) => failures.push((error as Error).message),
  );
  await loop.run();
  assert.equal(attempts, 3);
  assert.deepEqual(failures, ['attempt 1', 'attempt 2']);
});

test('stopping waits for the run under way, releases who waits, and nothing runs any more', async () => {
  let runs = 0;
  const loop = new Loop(
    async () => {
      runs++;
      throw new Error('never succeeds');
    },
    60_000,
    () => {},
  );
  const waiting = loop.run();
  await Promise.resolve();
  await Promise.resolve();
  await loop.stop();
  await waiting;
  const before = runs;
  loop.wake();
  await loop.stop();
  assert.equal(runs, before);
});
