import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, Mac } from '../addressing/index.ts';
import { decodeFrame, encodeFrame, type Frame, frame, ipv6, udp } from './frame.ts';
import { decodeTunnel } from './tunnel.ts';

const [one, two] = [Mac.parse('02:00:00:00:00:01'), Mac.parse('02:00:00:00:00:02')];
const [from, to] = [Address.parse('fd00:ee::1'), Address.parse('fd00:ee::2')];
const inner = encodeFrame(frame(two, one, ipv6(to, from, udp(7, 9, new Uint8Array(3)))));
const hex = (text: string, ...rest: Uint8Array[]) =>
  Uint8Array.from(Buffer.concat([Buffer.from(text, 'hex'), ...rest]));
const onUdp = (port: number, data: Uint8Array): Frame =>
  decodeFrame(encodeFrame(frame(one, two, ipv6(from, to, udp(40_000, port, data)))));
const onGre = (octets: Uint8Array): Frame =>
  decodeFrame(encodeFrame(frame(one, two, ipv6(from, to, { kind: 'octets', protocol: 47, octets }))));

test('a tunnel’s packet says of which kind it is, has a key, and a frame inside', () => {
  const cases: [Frame, string, number][] = [
    [onUdp(6081, hex('0240655800138900' + '0102800100010002', inner)), 'geneve', 5001],
    [onUdp(4789, hex('0800000000138900', inner)), 'vxlan', 5001],
    [onGre(hex('20006558fffffffe', inner)), 'gre', 0xffff_fffe],
  ];
  for (const [packet, kind, key] of cases) {
    const tunnelled = decodeTunnel(packet);
    assert.deepEqual([tunnelled?.kind, tunnelled?.key], [kind, key]);
    assert.deepEqual(tunnelled && encodeFrame(tunnelled.inner), inner);
  }
});

test('what is no tunnel’s packet, ends early, or carries something else is none', () => {
  assert.equal(decodeTunnel(decodeFrame(inner)), undefined);
  assert.equal(decodeTunnel(onUdp(4789, hex('08000000'))), undefined);
  assert.equal(decodeTunnel(onGre(hex('2000'))), undefined);
  assert.equal(decodeTunnel(onGre(hex('200086dd00001389', inner))), undefined);
});
