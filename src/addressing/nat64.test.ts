import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address } from './address.ts';
import { embedIpv4, extractIpv4, NAT64_LENGTHS, reachesByNat64, WELL_KNOWN_NAT64 } from './nat64.ts';
import { Prefix } from './prefix.ts';

const parse = (text: string): Address => Address.parse(text);

test('an IPv4 address is embedded as the examples of RFC 6052 section 2.4 have it', () => {
  const examples = {
    '2001:db8::/32': '2001:db8:c000:221::',
    '2001:db8:100::/40': '2001:db8:1c0:2:21::',
    '2001:db8:122::/48': '2001:db8:122:c000:2:2100::',
    '2001:db8:122:300::/56': '2001:db8:122:3c0:0:221::',
    '2001:db8:122:344::/64': '2001:db8:122:344:c0:2:2100::',
    '2001:db8:122:344::/96': '2001:db8:122:344::192.0.2.33',
    '64:ff9b::/96': '64:ff9b::192.0.2.33',
  };
  for (const [prefix, expected] of Object.entries(examples)) {
    const embedded = embedIpv4(Prefix.parse(prefix), parse('192.0.2.33'));
    assert.equal(`${embedded}`, `${parse(expected)}`, prefix);
  }
});

test('what was embedded is found again, and nothing else', () => {
  fc.assert(
    fc.property(fc.constantFrom(...NAT64_LENGTHS), fc.nat(0xffff_ffff), (length, number) => {
      const prefix = Prefix.of(parse('2001:db8::'), length);
      const address = Address.of(4, BigInt(number));
      assert.ok(extractIpv4(prefix, embedIpv4(prefix, address))?.equals(address));
      if (length < 96) assert.equal(extractIpv4(prefix, embedIpv4(prefix, address).plus(1)), undefined);
    }),
  );
  assert.equal(extractIpv4(WELL_KNOWN_NAT64, parse('2001:db8::1')), undefined);
  assert.equal(
    extractIpv4(Prefix.parse('2001:db8:122:344::/64'), parse('2001:db8:122:344:ffc0:2:2100::')),
    undefined,
  );
});

test('the well-known prefix leads to what is the same everywhere alone', () => {
  const own = Prefix.parse('64:ff9b:1::/96');
  assert.ok(reachesByNat64(WELL_KNOWN_NAT64, parse('203.0.113.1')));
  assert.ok(!reachesByNat64(WELL_KNOWN_NAT64, parse('10.0.0.1')));
  assert.ok(reachesByNat64(own, parse('10.0.0.1')));
  for (const text of ['127.0.0.1', '169.254.169.254', '0.0.0.0', '224.0.0.1', '255.255.255.255'])
    assert.ok(!reachesByNat64(own, parse(text)), text);
});
