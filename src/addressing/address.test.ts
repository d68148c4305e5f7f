import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address4, Address6 } from 'ip-address';
import { Address } from './address.ts';
import { AddressError } from './error.ts';

const ipv6Value = fc.bigInt(0n, (1n << 128n) - 1n);
/** Values with long runs of zeros and ones, where `::` and its ties are decided. */
const sparseIpv6Value = fc
  .array(fc.constantFrom(0n, 0n, 0n, 1n, 0xffffn, 0xdb8n), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.reduce<bigint>((value, group) => (value << 16n) | group, 0n));
const anyIpv6 = fc.oneof(ipv6Value, sparseIpv6Value).map((value) => Address.of(6, value));
const anyIpv4 = fc.bigInt(0n, (1n << 32n) - 1n).map((value) => Address.of(4, value));
const anyAddress = fc.oneof(anyIpv4, anyIpv6);

/** Ways to write the same address that RFC 4291 allows and RFC 5952 does not choose. */
function looserTexts(address: Address): string[] {
  const full = address.value.toString(16).padStart(32, '0').match(/.{4}/g)!;
  const dotted = Address.of(4, BigInt.asUintN(32, address.value)).toString();
  return [
    full.join(':'),
    full.join(':').toUpperCase(),
    full.map((group) => Number.parseInt(group, 16).toString(16)).join(':'),
    [...full.slice(0, 6), dotted].join(':'),
  ];
}

test('canonical text of RFC 5952', () => {
  const canonical: Record<string, string> = {
    '2001:0DB8:0:0:0:0:0:1': '2001:db8::1',
    '2001:db8:0:1:1:1:1:1': '2001:db8:0:1:1:1:1:1',
    '2001:db8::1:1:1:1:1': '2001:db8:0:1:1:1:1:1',
    '2001:0:0:1:0:0:0:1': '2001:0:0:1::1',
    '2001:db8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
    '0:0:0:0:0:0:0:0': '::',
    '::0:1': '::1',
    '1::': '1::',
    '1:2:3:4:5:6:7::': '1:2:3:4:5:6:7:0',
    '1:2:3:4:5:6::': '1:2:3:4:5:6::',
    '::FFFF:192.0.2.1': '::ffff:192.0.2.1',
    '::ffff:c000:201': '::ffff:192.0.2.1',
    '::fffe:c000:201': '::fffe:c000:201',
    '64:ff9b::192.0.2.33': '64:ff9b::c000:221',
    '1:2:3:4:5:6:192.0.2.1': '1:2:3:4:5:6:c000:201',
    '192.0.2.1': '192.0.2.1',
    '0.0.0.0': '0.0.0.0',
    '255.255.255.255': '255.255.255.255',
  };
  for (const [text, expected] of Object.entries(canonical)) {
    assert.equal(Address.parse(text).toString(), expected, text);
  }
});

test('what is no address is refused with the text and the reason', () => {
  const refused: Record<string, RegExp> = {
    '': /it is empty/,
    'fe80::1%eth0': /zone identifier/,
    '2001:db8::/64': /prefix length/,
    '01.2.3.4': /octet 1 has a leading zero/,
    '1.2.3.00': /octet 4 has a leading zero/,
    '1.2.3.256': /octet 4 is greater than 255/,
    '1.2.3': /3 of four octets/,
    '1.2.3.4.5': /more than four octets/,
    '1..3.4': /octet 2 is empty/,
    '1.2.3.': /octet 4 is empty/,
    '1.2.3.4 ': /unexpected " "/,
    '0x7f.0.0.1': /unexpected "x"/,
    '3232235777': /octet 1 is greater/,
    '1:2:3:4:5:6:7:8:9': /more than eight groups/,
    '1:2:3:4:5:6:7:1.2.3.4': /more than eight groups/,
    '1:2:3:4:5:6:7': /7 of eight groups/,
    '::1:2:3:4:5:6:7:8': /none for "::"/,
    '1:2:3:4::5:6:7:8': /none for "::"/,
    '1::2::3': /"::" twice/,
    ':::': /more than two colons/,
    '1:::2': /more than two colons/,
    ':1::2': /starts with a single colon/,
    ':': /starts with a single colon/,
    '1::2:': /ends with a single colon/,
    '::12345': /group 1 has more than four digits/,
    '::00001': /more than four digits/,
    '::g': /unexpected "g"/,
    ' ::1': /unexpected " "/,
    '[::1]': /unexpected "\["/,
    '::ffff:1.2.3.04': /in its IPv4 part, octet 4 has a leading zero/,
    '1.2.3.4::': /in its IPv4 part/,
    '::１': /unexpected/,
  };
  for (const [text, reason] of Object.entries(refused)) {
    assert.throws(
      () => Address.parse(text),
      (error) => error instanceof AddressError && error.text === text && reason.test(error.message),
      JSON.stringify(text),
    );
    assert.equal(Address.tryParse(text), undefined, JSON.stringify(text));
  }
});

test('an error quotes no more than the start of an endless text', () => {
  assert.throws(
    () => Address.parse(`${'1:'.repeat(100_000)}`),
    (error) => error instanceof AddressError && error.message.length < 200,
  );
});

test('values outside the family are refused', () => {
  assert.throws(() => Address.of(4, 1n << 32n), AddressError);
  assert.throws(() => Address.of(6, 1n << 128n), AddressError);
  assert.throws(() => Address.of(6, -1n), AddressError);
  assert.throws(() => Address.parse('255.255.255.255').plus(1), AddressError);
  assert.throws(() => Address.parse('::').plus(-1), AddressError);
});

test('text and value are one to one', () => {
  fc.assert(fc.property(anyAddress, (address) => address.equals(Address.parse(address.toString()))));
});

test('every text form of RFC 4291 reads as the same address', () => {
  fc.assert(
    fc.property(anyIpv6, (address) =>
      looserTexts(address).every((text) => Address.parse(text).equals(address)),
    ),
  );
});

test('text and value agree with ip-address', () => {
  fc.assert(
    fc.property(anyIpv6, (address) => {
      const oracle = Address6.fromBigInt(address.value);
      assert.equal(address.toString(), address.isMappedV4 ? oracle.to4in6() : oracle.correctForm());
      assert.equal(address.isMulticast, oracle.isMulticast());
      assert.equal(address.isLoopback, oracle.isLoopback());
    }),
  );
  fc.assert(
    fc.property(anyIpv4, (address) => {
      const oracle = Address4.fromBigInt(address.value);
      assert.equal(address.toString(), oracle.correctForm());
      assert.equal(address.isMulticast, oracle.isMulticast());
    }),
  );
});

test('any text: accepted and refused as by ip-address, which takes zone identifiers besides', () => {
  const text = fc
    .array(
      fc.constantFrom(':', ':', ':', '::', '.', '0', '1', 'ff', 'FFFF', '255', '12345', 'g', '1.2.3.4'),
      {
        maxLength: 16,
      },
    )
    .map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(text, (candidate) => {
      const address = Address.tryParse(candidate);
      const Oracle = candidate.includes(':') ? Address6 : Address4;
      assert.equal(address !== undefined, Oracle.isValid(candidate));
      if (address !== undefined) assert.equal(address.value, new Oracle(candidate).bigInt());
    }),
    { numRuns: 2000 },
  );
});

test('sort keys order as the addresses do, and give them back', () => {
  fc.assert(
    fc.property(anyAddress, anyAddress, (a, b) => {
      const keys = a.sortKey < b.sortKey ? -1 : a.sortKey > b.sortKey ? 1 : 0;
      assert.equal(Math.sign(a.compare(b)), keys);
      assert.ok(Address.fromSortKey(a.sortKey).equals(a));
    }),
  );
  assert.equal(Address.parse('192.0.2.1').sortKey, '4c0000201');
  assert.equal(Address.parse('2001:db8::1').sortKey, '620010db8000000000000000000000001');
  for (const key of ['', '4', '4c000020', '6c0000201', '4C0000201', '5c0000201', '4c0000201 ']) {
    assert.throws(() => Address.fromSortKey(key), AddressError, key);
  }
});

test('plus moves by the count', () => {
  fc.assert(
    fc.property(anyIpv6, fc.bigInt(-(1n << 64n), 1n << 64n), (address, count) => {
      fc.pre(address.value + count >= 0n && address.value + count < 1n << 128n);
      assert.equal(address.plus(count).value, address.value + count);
    }),
  );
  assert.equal(String(Address.parse('10.0.0.255').plus(1)), '10.0.1.0');
});

test('kinds of address, at both ends of their blocks', () => {
  const kinds = [
    'isMulticast',
    'isLoopback',
    'isUnspecified',
    'isLinkLocal',
    'isMappedV4',
    'isDocumentation',
    'isUniqueLocal',
  ] as const;
  const expected: Record<string, (typeof kinds)[number][]> = {
    '::': ['isUnspecified'],
    '0.0.0.0': ['isUnspecified'],
    '::1': ['isLoopback'],
    '::2': [],
    '127.0.0.0': ['isLoopback'],
    '127.255.255.255': ['isLoopback'],
    '128.0.0.0': [],
    'ff00::': ['isMulticast'],
    'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff': ['isMulticast'],
    'feff::': [],
    '224.0.0.0': ['isMulticast'],
    '239.255.255.255': ['isMulticast'],
    '240.0.0.0': [],
    'fe80::': ['isLinkLocal'],
    'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff': ['isLinkLocal'],
    'fec0::': [],
    '169.254.0.0': ['isLinkLocal'],
    '169.255.0.0': [],
    '::ffff:0.0.0.0': ['isMappedV4'],
    '::ffff:255.255.255.255': ['isMappedV4'],
    '::1:0:0:0': [],
    '2001:db8::': ['isDocumentation'],
    '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff': ['isDocumentation'],
    '2001:db9::': [],
    '3fff::': ['isDocumentation'],
    '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff': ['isDocumentation'],
    '3fff:1000::': [],
    '192.0.2.255': ['isDocumentation'],
    '198.51.100.0': ['isDocumentation'],
    '203.0.113.0': ['isDocumentation'],
    '203.0.114.0': [],
    'fc00::': ['isUniqueLocal'],
    'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff': ['isUniqueLocal'],
    'fe00::': [],
    '2000::1': [],
  };
  for (const [text, names] of Object.entries(expected)) {
    const address = Address.parse(text);
    assert.deepEqual(
      kinds.filter((kind) => address[kind]),
      names,
      text,
    );
  }
});

test('JSON holds the text', () => {
  assert.equal(JSON.stringify({ ip: Address.parse('2001:DB8::1') }), '{"ip":"2001:db8::1"}');
});
