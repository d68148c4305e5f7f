import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import {
  childProcess,
  type ProcessDefinition,
  restartDelay,
  SupervisedProcess,
} from './supervised-process.ts';

test('the delay before a restart doubles up to ten seconds', () => {
  assert.deepEqual([0, 1, 2, 3, 6, 7, 50].map(restartDelay), [100, 200, 400, 800, 6_400, 10_000, 10_000]);
});

test('a process that ends before it does its work is an error that says how it ended', async () => {
  const definition: ProcessDefinition = {
    title: 'example',
    start: () => childProcess(spawn('sh', ['-c', 'exit 3'], { stdio: 'ignore' })),
    ready: (_process, gone) => delay(60_000, undefined, { signal: gone }),
    explain: (reason) => `it ended: ${reason}`,
    end: (running) => running.kill('SIGTERM'),
    exitWithinMs: 1_000,
  };
  await assert.rejects(SupervisedProcess.start(definition, pino({ level: 'silent' })), {
    name: 'ProcessError',
    message: 'it ended: exit status 3',
  });
});

/** Supervises a process that was found, and works or hangs. */
async function supervise(t: TestContext, foundWorks: boolean) {
  const spawnOne = () => childProcess(spawn('sleep', ['1000'], { stdio: 'ignore' }));
  const found = spawnOne();
  t.after(() => found.kill('SIGKILL'));
  const definition: ProcessDefinition = {
    title: 'example',
    find: async () => found,
    start: spawnOne,
    ready: async (running, gone) => {
      if (running === found && !foundWorks) await delay(60_000, undefined, { signal: gone });
    },
    answersWithinMs: 20,
    explain: (reason) => reason,
    end: (running) => running.kill('SIGTERM'),
    exitWithinMs: 1_000,
  };
  const supervised = await SupervisedProcess.start(definition, pino({ level: 'silent' }));
  t.after(() => supervised.stop());
  return { found, supervised };
}

test('a process that is found and works is adopted, and goes on when it is left', async (t) => {
  const { found, supervised } = await supervise(t, true);
  const { since, ...state } = supervised.state;
  assert.deepEqual(state, { pid: found.pid, isUp: true, isAdopted: true });
  assert.equal(since, found.since);
  await supervised.leave();
  assert.equal(await Promise.race([found.exited, delay(0, 'goes on')]), 'goes on');
});

test('a process that is found and does not answer is killed, and another one started', async (t) => {
  const { found, supervised } = await supervise(t, false);
  assert.equal(await found.exited, 'killed by SIGKILL');
  const { pid, isUp, isAdopted } = supervised.state;
  assert.deepEqual([pid !== found.pid, isUp, isAdopted], [true, true, false]);
});
