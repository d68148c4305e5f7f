import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DatabaseUpkeep, needsCompaction } from './database-upkeep.ts';

const MIB = 1024 * 1024;

test('a database is written anew when it is gone, or four times as big as what it holds', () => {
  assert.ok(needsCompaction(undefined, MIB), 'gone');
  assert.ok(!needsCompaction(3 * MIB, undefined), 'small, whatever it holds');
  assert.ok(needsCompaction(5 * MIB, undefined), 'what it holds is not known');
  assert.ok(needsCompaction(9 * MIB, 2 * MIB));
  assert.ok(!needsCompaction(399 * MIB, 100 * MIB), 'it holds as much');
  assert.ok(needsCompaction(401 * MIB, 100 * MIB));
});

test('who stops waits for no compaction', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-upkeep-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const stop = new AbortController();
  const control = join(directory, 'busy.ctl');
  // It is asked, and has no time for an answer.
  const busy = createServer((socket) => socket.once('data', () => stop.abort(new Error('stopped'))));
  await new Promise<void>((resolve) => busy.listen(control, resolve));
  t.after(() => busy.close());
  const database = { file: join(directory, 'gone.db'), control };
  await assert.rejects(new DatabaseUpkeep().look([database], stop.signal), /stopped/);
});
