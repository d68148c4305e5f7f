import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addresses, octets } from './arbitraries.ts';
import { internetChecksum, transportChecksum } from './checksum.ts';
import { addressOctets, concat, u16, u32 } from './wire.ts';

test('the sum of the example in RFC 1071 section 3 is ddf2', () => {
  assert.equal(
    internetChecksum(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)),
    ~0xddf2 & 0xffff,
  );
});

test('an odd octet at the end counts as the upper half of a word', () => {
  assert.equal(internetChecksum(Uint8Array.of(0x12)), internetChecksum(Uint8Array.of(0x12, 0)));
});

test('octets that include their checksum sum up to 0', () => {
  fc.assert(
    fc.property(octets(0, 2), (data) => {
      assert.equal(internetChecksum(concat(data, u16(internetChecksum(data)))), 0);
    }),
  );
});

test('over IPv6 the pseudo-header has addresses, a length of 32 bits and the protocol (RFC 8200 section 8.1)', () => {
  fc.assert(
    fc.property(addresses(6), addresses(6), octets(), (source, destination, segment) => {
      const pseudoHeader = concat(
        addressOctets(source),
        addressOctets(destination),
        u32(segment.length),
        u32(58),
      );
      assert.equal(
        transportChecksum(source, destination, 58, segment),
        internetChecksum(concat(pseudoHeader, segment)),
      );
    }),
  );
});
