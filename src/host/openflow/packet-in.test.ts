import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePacketIn } from './packet-in.ts';

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
