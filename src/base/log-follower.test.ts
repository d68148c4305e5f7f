import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LogFollower } from './log-follower.ts';

function temporaryFile(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-log-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return join(directory, 'the.log');
}

/** Follows a file; `seen` waits for lines. */
async function follow(t: TestContext, file: string, bookmark?: string) {
  const lines: string[] = [];
  let tell = (): void => undefined;
  const follower = await LogFollower.start(
    file,
    async (more) => {
      lines.push(...more);
      tell();
    },
    { everyMs: 1, ...(bookmark && { bookmark }) },
  );
  t.after(() => follower.stop());
  return {
    lines,
    follower,
    async seen(...expected: string[]): Promise<void> {
      while (lines.length < expected.length) {
        const { promise, resolve } = Promise.withResolvers<void>();
        tell = resolve;
        await promise;
      }
      assert.deepEqual(lines, expected);
    },
  };
}

test('lines come whole, from where the file ended at the start', async (t) => {
  const file = temporaryFile(t);
  writeFileSync(file, 'old\n');
  const { seen } = await follow(t, file);
  appendFileSync(file, 'one\ntw');
  await seen('one');
  appendFileSync(file, 'o\n');
  await seen('one', 'two');
});

test('nothing is lost when the file is replaced, nor when it comes later, or is cut', async (t) => {
  const file = temporaryFile(t);
  const { seen } = await follow(t, file);
  writeFileSync(file, '1\n');
  await seen('1');
  renameSync(file, `${file}.1`);
  appendFileSync(`${file}.1`, '2\n');
  writeFileSync(file, 'three\n');
  await seen('1', '2', 'three');
  truncateSync(file);
  appendFileSync(file, '4\n');
  await seen('1', '2', 'three', '4');
});

test('what is there at the end is read before the end', async (t) => {
  const file = temporaryFile(t);
  writeFileSync(file, '');
  const { lines, follower } = await follow(t, file);
  appendFileSync(file, 'last\n');
  await follower.stop();
  assert.deepEqual(lines, ['last']);
});

test('a bookmark that cannot be written keeps no line back', async (t) => {
  const file = temporaryFile(t);
  writeFileSync(file, '');
  const { seen } = await follow(t, file, `${file}.none/bookmark`);
  appendFileSync(file, 'one\n');
  await seen('one');
  appendFileSync(file, 'two\n');
  await seen('one', 'two');
});

test('with a bookmark, a successor begins where its predecessor ended', async (t) => {
  const file = temporaryFile(t);
  const bookmark = `${file}.bookmark`;
  writeFileSync(file, 'old\n');
  const first = await follow(t, file, bookmark);
  appendFileSync(file, 'one\ntw');
  await first.seen('one');
  await first.follower.stop();
  appendFileSync(file, 'o\nthree\n');
  const second = await follow(t, file, bookmark);
  await second.seen('two', 'three');
  await second.follower.stop();
  renameSync(file, `${file}.1`);
  writeFileSync(file, 'of another file\n');
  const third = await follow(t, file, bookmark);
  appendFileSync(file, 'four\n');
  await third.seen('four');
  await third.follower.stop();
});
