import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address } from '../addressing/index.ts';
import { fragmentIpv6 } from './fragments.ts';
import { decodeIpv6Packet, encodeIpv6Packet, type Ipv6Packet, icmpv6, ipv6 } from './frame.ts';
import { concat } from './wire.ts';

const packet = ipv6(
  Address.parse('fe80::1'),
  Address.parse('ff02::1'),
  icmpv6({ kind: 'echo-request', identifier: 1, sequence: 1, data: new Uint8Array(100).fill(9) }),
  { extensions: [{ kind: 'destination-options', options: [] }] },
);

const piece = (fragment: Ipv6Packet): Uint8Array => {
  assert(fragment.upper.kind === 'octets');
  return fragment.upper.octets;
};

test('the pieces make up what was cut, wherever the cuts are', () => {
  const whole = encodeIpv6Packet(packet).subarray(40);
  const cuts = fc
    .uniqueArray(fc.integer({ min: 1, max: (whole.length >> 3) - 1 }), { maxLength: 5 })
    .map((eights) => eights.map((eight) => eight * 8).sort((a, b) => a - b));
  fc.assert(
    fc.property(cuts, (at) => {
      const fragments = fragmentIpv6(packet, at, { identification: 5 });
      assert.deepEqual(concat(...fragments.map(piece)), whole);
      assert.deepEqual(
        fragments.map((fragment) => fragment.extensions.at(-1)),
        [0, ...at].map((offset, index) => ({
          kind: 'fragment',
          offset,
          more: index < at.length,
          identification: 5,
        })),
      );
    }),
  );
});

test('without a cut there is one atomic fragment, which is read like the packet itself', () => {
  const [atomic, ...others] = fragmentIpv6(packet, [], { identification: 5 });
  assert.equal(others.length, 0);
  assert.deepEqual(decodeIpv6Packet(encodeIpv6Packet(atomic!)).upper, packet.upper);
});

test('headers that are not fragmented come ahead of each fragment header', () => {
  const fragments = fragmentIpv6(packet, [8], { identification: 5, unfragmentable: 1 });
  for (const { extensions } of fragments) {
    assert.deepEqual(
      extensions.map((header) => header.kind),
      ['destination-options', 'fragment'],
    );
  }
});

test('cuts that do not ascend or pass the end are refused', () => {
  for (const cuts of [[16, 8], [8, 8], [4096]]) {
    assert.throws(() => fragmentIpv6(packet, cuts, { identification: 5 }), /cuts must ascend/);
  }
  assert.throws(
    () => encodeIpv6Packet(fragmentIpv6(packet, [9], { identification: 5 })[1]!),
    /multiple of 8/,
  );
});
