import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { lockStateDirectory, StateDirectoryError } from '../../../src/engine/embedded/state-directory.ts';

/** A state directory whose lock some process has for a while, after whoever noted that it took it. */
async function lockedState(t: TestContext, holder: number): Promise<string> {
  const state = mkdtempSync(join(tmpdir(), 'sextant-lock-'));
  t.after(() => rmSync(state, { recursive: true }));
  const lock = join(state, 'lock');
  writeFileSync(lock, `${holder}\n`);
  const child = spawn('flock', [lock, 'sh', '-c', 'echo held; sleep 0.5'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exit = once(child, 'exit');
  t.after(() => exit);
  await once(child.stdout, 'data');
  return state;
}

test('a state directory is taken over from a process that is dead, when what it was starting lets go', async (t) => {
  const { pid } = spawnSync('true');
  const unlock = lockStateDirectory(await lockedState(t, pid));
  unlock();
});

test('a state directory that a living process has is refused at once', async (t) => {
  const state = await lockedState(t, process.pid);
  assert.throws(
    () => lockStateDirectory(state),
    (error) => error instanceof StateDirectoryError && error.message.includes(`process ${process.pid}`),
  );
});
