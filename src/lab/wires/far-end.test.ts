import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { farEndProgram, wordsOfFarEnd } from './far-end.ts';

const said = (text: string): string => `sextant-wire ${crc32(text).toString(16).padStart(8, '0')} ${text}`;

test('words on a console are told from what else is there, and from what was cut', () => {
  const listens = said('{"event":"listens","port":7699}');
  const failed = said('{"event":"failed","error":"OSError: in use"}');
  const console = [
    '[   12.0] systemd[1]: Started.',
    `[   12.3] cloud-init: ${listens}\r`,
    listens.slice(0, -1),
    listens.replace('7699', '7698'),
    'sextant-wire 00000000 {"event":"failed"}',
    failed,
  ].join('\n');
  assert.deepEqual(
    wordsOfFarEnd(console).map(({ event, error }) => [event, error]),
    [
      ['listens', undefined],
      ['failed', 'OSError: in use'],
    ],
  );
});

test('the program has its port and secret, and fits into what a server is given', () => {
  const program = farEndProgram({ port: 7699, secret: '00ff' });
  assert.match(program, /^#!\/usr\/bin\/env python3\n/);
  assert.match(program, /^PORT = 7699$/m);
  assert.match(program, /^SECRET = "00ff"$/m);
  // Nova takes 65,535 octets of base64.
  assert.ok(Buffer.from(program).toString('base64').length < 65_535);
});
