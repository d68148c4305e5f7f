import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePacketIn, encodePacketOut } from './packet-in.ts';

const fixed = '00'.repeat(16);
const frame = 'cafe';

test('a reported packet is the frame, and the port by which it came in', () => {
  const register = '80010408' + '0000000000000001';
  const match = ['0001', '0018', register, '80000004', '00000007'];
  const body = Buffer.from([fixed, ...match, '0000', frame].join(''), 'hex');
  assert.deepEqual(decodePacketIn(body), { inPort: 7, frame: Buffer.from(frame, 'hex') });
});

test('without the port it is nothing', () => {
  const body = Buffer.from(`${fixed}0001000400000000${'0000'}${frame}`, 'hex');
  assert.equal(decodePacketIn(body), undefined);
});

test('a packet goes out of a port, as if from the controller', () => {
  const output = `0000${'0010'}0000000700000000${'0000'}0000`;
  assert.equal(encodePacketOut(7).toString('hex'), `fffffffffffffffd${'0010'}000000000000${output}`);
});
