import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address, Mac } from '../addressing/index.ts';
import { addresses, domainNames, domains, octets, prefixes, recordOf, uint } from './arbitraries.ts';
import { DHCPV6_TYPE, type Dhcpv6Message, decodeDhcpv6, duidOfMac, encodeDhcpv6 } from './dhcpv6.ts';
import { DHCPV6_OPTION, type Dhcpv6Option, findOption } from './dhcpv6-options.ts';
import { PacketError } from './wire.ts';

/** `fc.webUrl` takes seconds to make a table of all of Unicode. */
const urls = fc
  .tuple(domainNames, fc.string({ maxLength: 9 }))
  .map(([host, path]) => `http://${host}/${encodeURIComponent(path)}`);

const leaves: fc.Arbitrary<Dhcpv6Option> = fc.oneof(
  recordOf({ kind: fc.constantFrom('client-id' as const, 'server-id' as const), duid: octets(1) }),
  recordOf({ kind: fc.constant('option-request' as const), codes: fc.array(uint(16), { maxLength: 5 }) }),
  recordOf({ kind: fc.constant('preference' as const), value: uint(8) }),
  recordOf({ kind: fc.constant('elapsed-time' as const), hundredths: uint(16) }),
  recordOf({
    kind: fc.constant('status-code' as const),
    code: uint(16),
    message: fc.string({ maxLength: 9 }),
  }),
  recordOf({ kind: fc.constantFrom('rapid-commit' as const, 'reconfigure-accept' as const) }),
  recordOf({ kind: fc.constant('reconfigure-message' as const), message: uint(8) }),
  recordOf({
    kind: fc.constant('authentication' as const),
    protocol: uint(8),
    algorithm: uint(8),
    method: uint(8),
    replay: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    information: octets(),
  }),
  recordOf({
    kind: fc.constantFrom('dns-servers' as const, 'sntp-servers' as const),
    servers: fc.array(addresses(6), { maxLength: 3 }),
  }),
  recordOf({ kind: fc.constant('user-class' as const), classes: fc.array(octets(), { maxLength: 2 }) }),
  recordOf({
    kind: fc.constant('vendor-class' as const),
    enterprise: uint(32),
    classes: fc.array(octets(), { maxLength: 2 }),
  }),
  recordOf({
    kind: fc.constant('vendor-options' as const),
    enterprise: uint(32),
    options: fc.array(recordOf({ code: uint(16), data: octets() }), { maxLength: 2 }),
  }),
  recordOf({
    kind: fc.constant('client-fqdn' as const),
    flags: uint(8),
    name: domainNames,
    complete: fc.boolean(),
  }),
  recordOf({
    kind: fc.constant('ntp-servers' as const),
    servers: fc.array(fc.oneof(addresses(6), domainNames), { maxLength: 3 }),
  }),
  recordOf({ kind: fc.constant('bootfile-url' as const), url: urls }),
  recordOf({
    kind: fc.constant('bootfile-parameters' as const),
    parameters: fc.array(fc.string({ maxLength: 5 }), { maxLength: 3 }),
  }),
  recordOf({
    kind: fc.constantFrom('information-refresh-time' as const, 'sol-max-rt' as const, 'inf-max-rt' as const),
    seconds: uint(32),
  }),
  recordOf({ kind: fc.constant('domain-search' as const), domains }),
  recordOf({
    kind: fc.constant('other' as const),
    code: uint(16).filter((code) => !(Object.values(DHCPV6_OPTION) as number[]).includes(code)),
    data: octets(),
  }),
);

const leases: fc.Arbitrary<Dhcpv6Option> = fc.oneof(
  recordOf({
    kind: fc.constant('ia-address' as const),
    address: addresses(6),
    preferredLifetime: uint(32),
    validLifetime: uint(32),
    options: fc.array(leaves, { maxLength: 2 }),
  }),
  recordOf({
    kind: fc.constant('ia-prefix' as const),
    prefix: prefixes(0, 128),
    preferredLifetime: uint(32),
    validLifetime: uint(32),
    options: fc.array(leaves, { maxLength: 2 }),
  }),
);

const options: fc.Arbitrary<Dhcpv6Option> = fc.oneof(
  leaves,
  recordOf({
    kind: fc.constantFrom('ia-na' as const, 'ia-pd' as const),
    iaid: uint(32),
    t1: uint(32),
    t2: uint(32),
    options: fc.array(leases, { maxLength: 2 }),
  }),
  recordOf({
    kind: fc.constant('ia-ta' as const),
    iaid: uint(32),
    options: fc.array(leases, { maxLength: 2 }),
  }),
);

const messages: fc.Arbitrary<Dhcpv6Message> = recordOf({
  type: fc.constantFrom(...(Object.keys(DHCPV6_TYPE) as (keyof typeof DHCPV6_TYPE)[])),
  transaction: uint(24),
  options: fc.array(options, { maxLength: 4 }),
});

test('messages are read as they were written', () => {
  fc.assert(
    fc.property(messages, (message) => {
      assert.deepEqual(decodeDhcpv6(encodeDhcpv6(message)), message);
    }),
  );
});

test('any octets are either a message or a PacketError', () => {
  fc.assert(
    fc.property(octets(0, 3), (data) => {
      try {
        decodeDhcpv6(data);
      } catch (error) {
        assert(error instanceof PacketError);
      }
    }),
  );
});

test('the octets of a Solicit with IAID 0', () => {
  const message: Dhcpv6Message = {
    type: 'solicit',
    transaction: 0x010203,
    options: [
      { kind: 'client-id', duid: duidOfMac(Mac.parse('fa:16:3e:00:00:01')) },
      { kind: 'ia-na', iaid: 0, t1: 0, t2: 0, options: [] },
    ],
  };
  const hex = Buffer.from(encodeDhcpv6(message)).toString('hex');
  assert.equal(hex, `01010203${'0001000a00030001fa163e000001'}${'0003000c000000000000000000000000'}`);
});

test('an option is found by its kind', () => {
  const { options } = decodeDhcpv6(Uint8Array.of(7, 0, 0, 1, 0, 14, 0, 0, 0, 7, 0, 1, 255));
  assert.equal(findOption(options, 'preference')?.value, 255);
  assert.equal(findOption(options, 'dns-servers'), undefined);
});

test('messages of relay agents are refused', () => {
  assert.throws(() => decodeDhcpv6(Uint8Array.of(12, 0, 0, 0)), /message type 12/);
});

test('options that lie in each other without end are refused', () => {
  // An association in an association, as deep as a jumbo frame holds.
  const nested = Array.from({ length: 1000 }).reduce<Dhcpv6Option>(
    (inside) => ({ kind: 'ia-ta', iaid: 1, options: [inside] }),
    { kind: 'rapid-commit' },
  );
  const message = encodeDhcpv6({ type: 'solicit', transaction: 1, options: [nested] });
  assert.throws(() => decodeDhcpv6(message), PacketError);
});

test('the octets of a host name that may be completed, and of NTP servers', () => {
  const hex = (option: Dhcpv6Option) =>
    Buffer.from(encodeDhcpv6({ type: 'reply', transaction: 0, options: [option] }))
      .toString('hex')
      .slice(8);
  assert.equal(
    hex({ kind: 'client-fqdn', flags: 3, name: 'web', complete: false }),
    `00270005${'03'}${'03776562'}`,
  );
  assert.equal(
    hex({ kind: 'ntp-servers', servers: [Address.parse('2001:db8::1'), Address.parse('ff05::101'), 'a.b'] }),
    `00380031${'00010010'}20010db8000000000000000000000001${'00020010'}ff050000000000000000000000000101${'00030005'}0161016200`,
  );
});
