import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ProcessError } from '../../../src/base/index.ts';
import { Daemon, type DaemonDefinition } from '../../../src/engine/embedded/daemon.ts';
import { eventually } from '../../support/eventually.ts';
import { isRunning, silent, temporaryStateDir } from './support.ts';

function definition(directory: string, script: string): DaemonDefinition {
  return {
    name: 'example',
    title: 'example daemon',
    command: ['sh', '-c', script],
    namespace: null,
    environment: {},
    niceness: 0,
    log: join(directory, 'example.log'),
    control: () => join(directory, 'example.ctl'),
    exit: { forGood: ['exit'], forSuccessor: ['exit'] },
    run: directory,
    outlives: false,
    ready: async () => true,
    ask: async () => {},
  };
}

test('a daemon that dies before it is ready is an error with its last words', async (t) => {
  const unable = {
    ...definition(temporaryStateDir(t), 'echo no room at the inn; exit 3'),
    ready: async () => false,
  };
  await assert.rejects(Daemon.start(unable, silent), (error) => {
    assert.ok(error instanceof ProcessError);
    assert.match(error.message, /example daemon \(example\) did not come up: exit status 3/);
    assert.match(error.message, /no room at the inn/);
    return true;
  });
});

test('a daemon that dies again and again is restarted each time', async (t) => {
  const daemon = await Daemon.start(definition(temporaryStateDir(t), 'sleep 1000'), silent);
  t.after(() => daemon.stop());
  for (let death = 0; death < 3; death++) {
    const pid = daemon.state.pid as number;
    process.kill(pid, 'SIGKILL');
    await eventually(
      'a successor runs',
      () => daemon.state.pid !== undefined && daemon.state.pid !== pid && isRunning(daemon.state.pid),
    );
  }
});

test('stopping ends a daemon that answers to no control socket, also while it waits for a restart', async (t) => {
  const deaf = await Daemon.start(definition(temporaryStateDir(t), 'sleep 1000'), silent);
  const pid = deaf.state.pid as number;
  await deaf.stop();
  assert.ok(!isRunning(pid));

  const dead = await Daemon.start(definition(temporaryStateDir(t), 'sleep 1000'), silent);
  process.kill(dead.state.pid as number, 'SIGKILL');
  // Looked at in every turn of the event loop: its next start is not missed, however busy the machine.
  while (dead.state.pid !== undefined) await turn();
  await dead.stop();
  assert.equal(dead.state.pid, undefined);
});

test('a daemon that crashes while it starts is not tried again', async (t) => {
  const directory = temporaryStateDir(t);
  const crashing = { ...definition(directory, 'kill -SEGV $$'), ready: async () => false };
  await assert.rejects(Daemon.start(crashing, silent), /killed by SIGSEGV/);
});

test('a daemon that gives no answer is told of, until it does', async (t) => {
  let answers = true;
  const ask = (_pid: number, signal: AbortSignal) =>
    answers ? Promise.resolve() : once(signal, 'abort').then(() => Promise.reject(signal.reason));
  const daemon = await Daemon.start({ ...definition(temporaryStateDir(t), 'sleep 1000'), ask }, silent);
  t.after(() => daemon.stop());
  for (const now of [true, false, true]) {
    answers = now;
    await daemon.look(10);
    assert.equal(daemon.state.hangs, !now);
  }
});
