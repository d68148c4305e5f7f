import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address6 } from 'ip-address';
import { Address } from './address.ts';
import { AddressError } from './error.ts';
import { Prefix } from './prefix.ts';

const anyIpv6 = fc.bigInt(0n, (1n << 128n) - 1n).map((value) => Address.of(6, value));
const anyIpv6Prefix = fc
  .tuple(anyIpv6, fc.integer({ min: 0, max: 128 }))
  .map(([address, length]) => Prefix.of(address, length));
const anyIpv4Prefix = fc
  .tuple(fc.bigInt(0n, (1n << 32n) - 1n), fc.integer({ min: 0, max: 32 }))
  .map(([value, length]) => Prefix.of(Address.of(4, value), length));
const anyPrefix = fc.oneof(anyIpv4Prefix, anyIpv6Prefix);
/** Prefixes that are often one in the other. */
const nearPrefix = fc
  .tuple(fc.bigInt(0n, 15n), fc.integer({ min: 122, max: 128 }))
  .map(([value, length]) => Prefix.of(Address.of(6, value), length));

test('parse and text', () => {
  assert.equal(String(Prefix.parse('2001:0DB8:0::/32')), '2001:db8::/32');
  assert.equal(String(Prefix.parse('::/0')), '::/0');
  assert.equal(String(Prefix.parse('::1/128')), '::1/128');
  assert.equal(String(Prefix.parse('192.0.2.128/25')), '192.0.2.128/25');
  assert.equal(String(Prefix.parse('2001:db8::1/64', { hostBits: 'clear' })), '2001:db8::/64');
  assert.equal(JSON.stringify([Prefix.parse('::/64')]), '["::/64"]');
});

test('what is no prefix is refused with the reason', () => {
  const refused: Record<string, RegExp> = {
    '2001:db8::': /no prefix length/,
    '2001:db8::/': /whole number from 0 to 128/,
    '2001:db8::/129': /whole number from 0 to 128/,
    '2001:db8::/064': /whole number/,
    '2001:db8::/64 ': /whole number/,
    '2001:db8::/+64': /whole number/,
    '2001:db8::/1e1': /whole number/,
    '2001:db8::/-1': /whole number/,
    '2001:db8::/64/64': /whole number/,
    '10.0.0.0/33': /whole number from 0 to 32/,
    '10.0.0.0/255.0.0.0': /whole number/,
    '10.0.0/8': /in its address, it has 3 of four octets/,
    'fe80::%eth0/64': /in its address, it has a zone identifier/,
    '2001:db8::1/64': /the prefix is 2001:db8::\/64/,
    '10.0.0.1/8': /the prefix is 10.0.0.0\/8/,
    '/64': /in its address, it is empty/,
  };
  for (const [text, reason] of Object.entries(refused)) {
    assert.throws(
      () => Prefix.parse(text),
      (error) => error instanceof AddressError && error.text === text && reason.test(error.message),
      text,
    );
    assert.equal(Prefix.tryParse(text), undefined, text);
  }
  for (const length of [-1, 129, 1.5, Number.NaN]) {
    assert.throws(() => Prefix.of(Address.parse('::'), length), AddressError);
  }
});

test('text and value are one to one', () => {
  fc.assert(fc.property(anyPrefix, (prefix) => prefix.equals(Prefix.parse(prefix.toString()))));
});

test('first and last agree with ip-address', () => {
  fc.assert(
    fc.property(anyIpv6, fc.integer({ min: 0, max: 128 }), (address, length) => {
      const prefix = Prefix.of(address, length);
      const oracle = new Address6(`${address}/${length}`);
      assert.equal(prefix.first.value, oracle.startAddress().bigInt());
      assert.equal(prefix.last.value, oracle.endAddress().bigInt());
      assert.ok(prefix.contains(address));
    }),
  );
});

test('first, last and size belong together; the neighbours are outside', () => {
  fc.assert(
    fc.property(anyPrefix, (prefix) => {
      const { first, last, size, range } = prefix;
      assert.equal(last.value - first.value + 1n, size);
      assert.equal(range.size, size);
      assert.ok(prefix.contains(first) && prefix.contains(last));
      assert.ok(prefix.at(0).equals(first) && prefix.at(size - 1n).equals(last));
      if (first.value > 0n) assert.ok(!prefix.contains(first.plus(-1)));
      assert.throws(() => prefix.at(size), AddressError);
      assert.throws(() => prefix.at(-1), AddressError);
    }),
  );
});

test('covers and overlaps are those of the ranges', () => {
  fc.assert(
    fc.property(nearPrefix, nearPrefix, (a, b) => {
      assert.equal(a.covers(b), a.range.covers(b.range));
      assert.equal(a.overlaps(b), a.range.overlaps(b.range));
    }),
  );
});

test('the families do not mix', () => {
  const everyIpv4 = Prefix.parse('0.0.0.0/0');
  const everyIpv6 = Prefix.parse('::/0');
  assert.ok(!everyIpv4.contains(Address.parse('::1')));
  assert.ok(!everyIpv6.contains(Address.parse('10.0.0.1')));
  assert.ok(!everyIpv4.overlaps(everyIpv6) && !everyIpv6.overlaps(everyIpv4) && !everyIpv4.equals(everyIpv6));
});
