import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, Mac } from '../../addressing/index.ts';
import { encodeFrame, frame, ipv4, ipv6, udp } from '../../packets/index.ts';
import { completeChecksum } from './complete-checksum.ts';

const MAC = Mac.parse('fa:16:3e:00:00:01');
const [ONE, TWO] = [Address.parse('2001:db8::1'), Address.parse('2001:db8::2')];
const [OLD, OTHER] = [Address.parse('192.0.2.1'), Address.parse('192.0.2.2')];

test('a checksum that was left out, or begun, is what it should be', () => {
  const upper = udp(4000, 53, Buffer.from('odd'));
  for (const [network, at] of [
    [ipv6(ONE, TWO, upper), 46],
    [ipv4(OLD, OTHER, upper), 26],
  ] as const) {
    const right = Buffer.from(encodeFrame(frame(MAC, MAC, network))).subarray(14);
    const wrong = Buffer.from(right);
    wrong.writeUInt16BE(0x1234, at);
    completeChecksum(wrong);
    assert.deepEqual(wrong, right);
  }
});

test('what carries neither TCP nor UDP, or not all of it, stays as it is', () => {
  const octets = Buffer.from(
    encodeFrame(frame(MAC, MAC, ipv6(ONE, TWO, { kind: 'octets', protocol: 50, octets: new Uint8Array(9) }))),
  );
  const packet = octets.subarray(14);
  for (const one of [packet, packet.subarray(0, 30)]) {
    const before = Buffer.from(one);
    completeChecksum(one);
    assert.deepEqual(one, before);
  }
});
