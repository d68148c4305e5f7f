import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address, Mac } from '../../addressing/index.ts';
import { encodeFrame, frame, ipv4, udp } from '../../packets/index.ts';
import { readIpv4 } from './ipv4-packet.ts';
import { Reassembly } from './reassembly.ts';

const MAC = Mac.parse('fa:16:3e:00:00:01');
const data = Uint8Array.from({ length: 992 }, (_, index) => index & 0xff);
const packet = Buffer.from(
  encodeFrame(
    frame(MAC, MAC, {
      ...ipv4(Address.parse('192.0.2.1'), Address.parse('192.0.0.2'), udp(1, 2, data)),
      ...{ identification: 7, dontFragment: false },
    }),
  ),
).subarray(14);

/** The packet's octets from a place to another one, as a fragment. */
function part(from: number, to: number) {
  const octets = Buffer.concat([packet.subarray(0, 20), packet.subarray(20 + from, 20 + to)]);
  octets.writeUInt16BE(octets.length, 2);
  octets.writeUInt16BE((20 + to < packet.length ? 0x2000 : 0) | (from >> 3), 6);
  return readIpv4(octets)!;
}

test('whatever the cuts and the order, the packet is whole with its last fragment', () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 124 }), { minLength: 1, maxLength: 8 });
  const property = fc.property(cuts, fc.infiniteStream(fc.double({ noNaN: true })), (places, order) => {
    const bounds = [0, ...places.map((place) => place * 8).sort((a, b) => a - b), 1000];
    const parts = bounds.slice(1).map((to, index) => part(bounds[index]!, to));
    const keys = new Map(parts.map((one) => [one, order.next().value as number]));
    parts.sort((a, b) => keys.get(a)! - keys.get(b)!);
    const reassembly = new Reassembly();
    const results = parts.map((one) => reassembly.add(one, 0));
    assert.deepEqual(results.slice(0, -1).filter(Boolean), []);
    assert.equal(results.at(-1)?.toString('hex'), packet.toString('hex'));
  });
  fc.assert(property);
});

test('fragments that overlap make no packet', () => {
  const reassembly = new Reassembly();
  assert.equal(reassembly.add(part(0, 504), 0), undefined);
  assert.equal(reassembly.add(part(496, 1000), 0), undefined);
  assert.equal(reassembly.add(part(504, 1000), 0), undefined);
});

test('what takes too long is forgotten', () => {
  const reassembly = new Reassembly();
  reassembly.add(part(0, 504), 0);
  assert.equal(reassembly.add(part(504, 1000), 6), undefined);
});

test('many that never become whole keep nobody else waiting', () => {
  const reassembly = new Reassembly();
  for (let source = 0; source < 5_000; source++) reassembly.add({ ...part(0, 504), source }, 0);
  reassembly.add({ ...part(0, 504), source: 9_999 }, 0);
  assert.ok(reassembly.add({ ...part(504, 1000), source: 9_999 }, 0));
});
