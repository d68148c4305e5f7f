import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
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
