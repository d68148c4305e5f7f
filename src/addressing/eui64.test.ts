import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address } from './address.ts';
import { AddressError } from './error.ts';
import { eui64Address, interfaceIdentifier, linkLocalAddress, macOfEui64 } from './eui64.ts';
import { Mac } from './mac.ts';
import { Prefix } from './prefix.ts';

const anyMac = fc.bigInt(0n, (1n << 48n) - 1n).map((value) => Mac.of(value));
const anyIpv6 = fc.bigInt(0n, (1n << 128n) - 1n).map((value) => Address.of(6, value));

test('the address of a MAC in a prefix', () => {
  const mac = Mac.parse('fa:16:3e:12:34:56');
  assert.equal(
    String(eui64Address(Prefix.parse('2001:db8:1:2::/64'), mac)),
    '2001:db8:1:2:f816:3eff:fe12:3456',
  );
  assert.equal(String(linkLocalAddress(mac)), 'fe80::f816:3eff:fe12:3456');
  assert.equal(String(linkLocalAddress(Mac.parse('00:00:00:00:00:00'))), 'fe80::200:ff:fe00:0');
});

test('only an IPv6 /64 has such addresses', () => {
  const mac = Mac.of(1n);
  for (const text of ['2001:db8::/63', '2001:db8::/65', '10.0.0.0/8', '10.0.0.0/32']) {
    assert.throws(() => eui64Address(Prefix.parse(text), mac), AddressError, text);
  }
});

test('MAC to address and back, in the prefix', () => {
  fc.assert(
    fc.property(anyMac, anyIpv6, (mac, address) => {
      const prefix = Prefix.of(address, 64);
      const formed = eui64Address(prefix, mac);
      assert.ok(prefix.contains(formed));
      assert.ok(macOfEui64(formed)?.equals(mac));
      assert.equal(interfaceIdentifier(formed), formed.value - prefix.network.value);
    }),
  );
});

test('an address has a MAC exactly when it can be formed from one', () => {
  fc.assert(
    fc.property(anyIpv6, (address) => {
      const mac = macOfEui64(address);
      const middle = BigInt.asUintN(16, address.value >> 24n);
      assert.equal(mac !== undefined, middle === 0xfffen);
      if (mac !== undefined) assert.ok(eui64Address(Prefix.of(address, 64), mac).equals(address));
    }),
  );
  assert.equal(macOfEui64(Address.parse('2001:db8::1')), undefined);
  assert.equal(macOfEui64(Address.parse('255.254.0.1')), undefined);
});
