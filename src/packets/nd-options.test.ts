import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address, Prefix } from '../addressing/index.ts';
import { ndOptions, octets } from './arbitraries.ts';
import { decodeNdOptions, encodeNdOptions } from './nd-options.ts';
import { PacketError } from './wire.ts';

test('options are read as they were written', () => {
  fc.assert(
    fc.property(fc.array(ndOptions, { maxLength: 4 }), (options) => {
      assert.deepEqual(decodeNdOptions(encodeNdOptions(options)), options);
    }),
  );
});

test('any octets are either options or a PacketError', () => {
  fc.assert(
    fc.property(octets(), (data) => {
      try {
        decodeNdOptions(data);
      } catch (error) {
        assert(error instanceof PacketError);
      }
    }),
  );
});

test('an option of length 0 is refused: a reader would never get past it', () => {
  assert.throws(() => decodeNdOptions(new Uint8Array([3, 0, 0, 0, 0, 0, 0, 0])), /type 3 has length 0/);
});

test('bits past the length of an advertised prefix are ignored', () => {
  const octets = encodeNdOptions([
    {
      kind: 'prefix-information',
      prefix: Prefix.parse('2001:db8::/64'),
      onLink: true,
      autonomous: true,
      prefersDelegation: false,
      validLifetime: 1,
      preferredLifetime: 1,
    },
  ]);
  octets[31] = 7;
  const [option] = decodeNdOptions(octets);
  assert.equal(option?.kind === 'prefix-information' && option.prefix.toString(), '2001:db8::/64');
});

test('a route option is as short as its prefix allows (RFC 4191 section 2.3)', () => {
  const lengthOf = (prefix: string): number =>
    encodeNdOptions([
      { kind: 'route-information', prefix: Prefix.parse(prefix), preference: 'high', lifetime: 9 },
    ]).length;
  assert.deepEqual(['::/0', '2001:db8::/64', '2001:db8::/65'].map(lengthOf), [8, 16, 24]);
});

test('PREF64 in the octets of RFC 8781 section 4: lifetime and length code share 16 bits', () => {
  const prefix = Prefix.of(Address.parse('64:ff9b::'), 48);
  assert.deepEqual(
    [...encodeNdOptions([{ kind: 'pref64', lifetime: 600, prefix }])],
    [38, 2, 0x02, 0x58 | 3, 0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0],
  );
});

test('what a field cannot hold is refused', () => {
  const prefix = Prefix.parse('64:ff9b::/97');
  assert.throws(() => encodeNdOptions([{ kind: 'pref64', lifetime: 8, prefix }]), /no prefix of length 97/);
  assert.throws(() => encodeNdOptions([{ kind: 'mtu', mtu: 2 ** 32 }]), /does not fit a field of 32 bits/);
  assert.throws(() => encodeNdOptions([{ kind: 'nonce', nonce: new Uint8Array(5) }]), /not a multiple of 8/);
});
