import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { answerIn, sayToDaemon } from './vty.ts';

test('an answer is whole when its status is there', () => {
  const whole = Buffer.from('two\nlines\0\0\0\x01', 'latin1');
  for (let length = 0; length < whole.length; length++)
    assert.equal(answerIn(whole.subarray(0, length)), undefined, `${length} octets`);
  assert.deepEqual(answerIn(whole), { status: 1, output: 'two\nlines' });
});

/** A daemon that refuses what is bad, and sends each octet for itself. */
async function daemon(t: TestContext): Promise<{ path: string; heard: string[] }> {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-vty-'));
  const path = join(directory, 'vty');
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket.on('data', (octets) => {
      const line = octets.toString().replace('\0', '');
      heard.push(line);
      const status = line.includes('bad') ? 13 : 0;
      for (const octet of Buffer.from(`about ${line}\0\0\0${String.fromCharCode(status)}`, 'latin1'))
        socket.write(Buffer.of(octet));
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });
  return { path, heard };
}

test('lines are said one by one, and each is answered', async (t) => {
  const { path, heard } = await daemon(t);
  assert.deepEqual(await sayToDaemon(path, ['one', 'two']), ['about one', 'about two']);
  assert.deepEqual(heard, ['one', 'two']);
});

test('what is refused is told when all is said, without the line itself', async (t) => {
  const { path, heard } = await daemon(t);
  const lines = ['bad password', 'no bad thing', 'three'];
  await assert.rejects(sayToDaemon(path, lines), /^VtyError: line 1: about bad password$/);
  assert.deepEqual(heard, lines);
  assert.deepEqual((await sayToDaemon(path, ['no bad thing'])).length, 1);
});

test('one that is not there is an error', async () => {
  await assert.rejects(sayToDaemon('/nowhere/vty', ['one']), /ENOENT/);
});
