import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { FoundProcess } from '../../src/linux/processes.ts';

/** Starts processes until one has this id, which nobody has now. */
async function withId(pid: number): Promise<ChildProcess> {
  for (;;) {
    writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1));
    const child = spawn('sleep', ['1000']);
    await once(child, 'spawn');
    if (child.pid === pid) return child;
    child.kill('SIGKILL');
  }
}

test('a process that is no child is known by when it began, and its end is noticed', async (t) => {
  const child = spawn('sleep', ['1000']);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  const found = FoundProcess.of(child.pid!)!;
  assert.ok(Math.abs(found.since.getTime() - Date.now()) < 60_000);
  found.kill('SIGKILL');
  await found.exited;
  assert.equal(FoundProcess.of(child.pid!), undefined);
});

test('a signal for a process that has ended reaches nobody who has its id by now', async (t) => {
  const first = spawn('sleep', ['1000']);
  t.after(() => first.kill('SIGKILL'));
  await once(first, 'spawn');
  const found = FoundProcess.of(first.pid!)!;
  const ended = once(first, 'exit');
  first.kill('SIGKILL');
  await ended;
  await found.exited;
  const second = await withId(first.pid!);
  t.after(() => second.kill('SIGKILL'));
  const other = FoundProcess.of(second.pid!)!;
  found.kill('SIGKILL');
  assert.deepEqual([second.pid, FoundProcess.of(second.pid!) !== undefined], [first.pid, true]);
  other.letGo();
});
