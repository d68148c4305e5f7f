import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { Address } from '../../addressing/index.ts';
import { whyNoAnswer } from './carrying-server.ts';

const addresses = [Address.parse('2001:db8::5'), Address.parse('192.0.2.5')];
const why = (console: string): string => whyNoAnswer(console, addresses, 600);
const said = (text: string): string => `sextant-wire ${crc32(text).toString(16).padStart(8, '0')} ${text}`;

test('a server that does not answer is told of by its own words', () => {
  const listens = said('{"event":"listens","port":7699}');
  assert.match(
    why(`Welcome\n${listens}\nlogin: `),
    /runs, and is not reached from here at 2001:db8::5 or 192\.0\.2\.5/,
  );
  const failed = said('{"event":"failed","error":"OSError: in use"}');
  assert.equal(why(`${failed}\n`), 'The program in the server failed: OSError: in use');
});

test('one that never speaks, by the end of its console', () => {
  assert.match(
    why('GRUB\r\n\r\nKernel panic - not syncing: no init\r\n'),
    /ends with: GRUB \| Kernel panic - not syncing/,
  );
  assert.match(why(''), /The console is empty\.$/);
});
