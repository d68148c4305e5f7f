import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { JsonLinesFile } from './json-lines-file.ts';

test('a file that has grown too big makes room for a new one', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-lines-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'the.log');
  const log = new JsonLinesFile(file, 20);
  await log.append([{ number: 1 }, { number: 2 }]);
  await log.append([]);
  await log.append([{ number: 3 }]);
  assert.equal(readFileSync(`${file}.1`, 'utf8'), '{"number":1}\n{"number":2}\n');
  assert.equal(readFileSync(file, 'utf8'), '{"number":3}\n');
});
