import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { rotateLogs } from './log-rotation.ts';

test('a log that is too big makes room for a new one; small and missing ones are left alone', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const [big, small, missing] = ['big', 'small', 'missing'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(big, 'x'.repeat(11));
  writeFileSync(small, 'x'.repeat(10));
  const reopened: string[] = [];
  const log = (file: string) => ({ file, reopen: async () => void reopened.push(file) });

  assert.deepEqual(await rotateLogs([log(big), log(small), log(missing)], 10), [big]);
  assert.deepEqual(reopened, [big]);
  assert.equal(readFileSync(`${big}.1`, 'utf8').length, 11);
  assert.ok(!existsSync(big) && existsSync(small));
});

test('a log whose writer cannot open it anew is emptied, and goes on', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'log');
  const writer = openSync(file, 'a');
  writeSync(writer, 'before');
  await rotateLogs([{ file }], 1);
  writeSync(writer, 'after');
  closeSync(writer);
  assert.deepEqual(
    [`${file}.1`, file].map((one) => readFileSync(one, 'utf8')),
    ['before', 'after'],
  );
});
