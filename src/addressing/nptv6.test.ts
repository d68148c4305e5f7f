import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address } from './address.ts';
import { isNptv6Possible, neutralNptv6, nptv6Adjustment, translateNptv6 } from './nptv6.ts';
import { Prefix } from './prefix.ts';

const INSIDE = Prefix.parse('fd01:203:405::/48');
const OUTSIDE = Prefix.parse('2001:db8:1::/48');

const sum = ({ value }: Address): number =>
  Number(Array.from({ length: 8 }, (_, at) => (value >> BigInt(16 * at)) & 0xffffn).reduce((a, b) => a + b)) %
  0xffff;
const address = fc.bigInt({ min: 0n, max: (1n << 80n) - 1n });

test('the example of RFC 6296 section 2.6.2', () => {
  assert.equal(nptv6Adjustment(INSIDE, OUTSIDE), 0xd54f);
  const inner = Address.parse('fd01:203:405:1::1234');
  assert.equal(`${translateNptv6(inner, INSIDE, OUTSIDE)}`, '2001:db8:1:d550::1234');
  assert.equal(`${translateNptv6(Address.parse('2001:db8:1:d550::1234'), OUTSIDE, INSIDE)}`, `${inner}`);
});

test('the subnet 0xffff is not translated, and none becomes it', () => {
  assert.equal(translateNptv6(Address.parse('fd01:203:405:ffff::1'), INSIDE, OUTSIDE), undefined);
  const almost = Address.parse('fd01:203:405:2ab0::1');
  assert.equal(`${translateNptv6(almost, INSIDE, OUTSIDE)}`, '2001:db8:1::1');
  assert.equal(`${translateNptv6(Address.parse('2001:db8:1::1'), OUTSIDE, INSIDE)}`, `${almost}`);
});

test('whichever address and prefixes: the sum stays, and the way back leads there', () => {
  const length = fc.integer({ min: 16, max: 48 });
  fc.assert(
    fc.property(length, address, address, address, (bits, one, other, host) => {
      const from = Prefix.of(Address.of(6, (0xfdn << 120n) | (one << 40n)), bits);
      const to = Prefix.of(Address.of(6, (0x2001n << 112n) | (other << 32n)), bits);
      const inner = Address.of(6, from.network.value | host);
      const outer = translateNptv6(inner, from, to);
      if (((host >> 64n) & 0xffffn) === 0xffffn && nptv6Adjustment(from, to) !== 0)
        return outer === undefined;
      assert.ok(outer !== undefined && to.contains(outer));
      assert.equal(sum(outer), sum(inner));
      return translateNptv6(outer, to, from)?.equals(inner);
    }),
  );
});

test('where no word of a subnet is left, prefixes have to be of the same sum', () => {
  const external = Prefix.parse('2001:db8:1:2300::/56');
  const internal = Prefix.parse('fd01:203:405:6700::/56');
  assert.equal(isNptv6Possible(internal, external), false);
  assert.equal(translateNptv6(internal.network, internal, external), undefined);
  const neutral = neutralNptv6(internal, external);
  assert.equal(`${neutral}`, 'fd01:203:eab4:6700::/56');
  assert.equal(isNptv6Possible(neutral, external), true);
  const inner = Address.parse('fd01:203:eab4:67ff:ffff::1');
  assert.equal(`${translateNptv6(inner, neutral, external)}`, '2001:db8:1:23ff:ffff::1');
});
