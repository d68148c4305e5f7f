import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Mac } from '../addressing/index.ts';
import { addresses, domains, octets, prefixes, record, uint } from './arbitraries.ts';
import {
  DHCPV6_OPTION,
  DHCPV6_TYPE,
  type Dhcpv6Message,
  type Dhcpv6Option,
  decodeDhcpv6,
  duidOfMac,
  encodeDhcpv6,
  findOption,
} from './dhcpv6.ts';
import { PacketError } from './wire.ts';

const leaves: fc.Arbitrary<Dhcpv6Option> = fc.oneof(
  record({ kind: fc.constantFrom('client-id' as const, 'server-id' as const), duid: octets(1) }),
  record({ kind: fc.constant('option-request' as const), codes: fc.array(uint(16), { maxLength: 5 }) }),
  record({ kind: fc.constant('preference' as const), value: uint(8) }),
  record({ kind: fc.constant('elapsed-time' as const), hundredths: uint(16) }),
  record({
    kind: fc.constant('status-code' as const),
    code: uint(16),
    message: fc.string({ maxLength: 9 }),
  }),
  record({ kind: fc.constant('rapid-commit' as const) }),
  record({
    kind: fc.constant('dns-servers' as const),
    servers: fc.array(addresses(6), { maxLength: 3 }),
  }),
  record({ kind: fc.constant('domain-search' as const), domains }),
  record({
    kind: fc.constant('other' as const),
    code: uint(16).filter((code) => !(Object.values(DHCPV6_OPTION) as number[]).includes(code)),
    data: octets(),
  }),
);

const leases: fc.Arbitrary<Dhcpv6Option> = fc.oneof(
  record({
    kind: fc.constant('ia-address' as const),
    address: addresses(6),
    preferredLifetime: uint(32),
    validLifetime: uint(32),
    options: fc.array(leaves, { maxLength: 2 }),
  }),
  record({
    kind: fc.constant('ia-prefix' as const),
    prefix: prefixes(0, 128),
    preferredLifetime: uint(32),
    validLifetime: uint(32),
    options: fc.array(leaves, { maxLength: 2 }),
  }),
);

const options: fc.Arbitrary<Dhcpv6Option> = fc.oneof(
  leaves,
  record({
    kind: fc.constantFrom('ia-na' as const, 'ia-pd' as const),
    iaid: uint(32),
    t1: uint(32),
    t2: uint(32),
    options: fc.array(leases, { maxLength: 2 }),
  }),
  record({
    kind: fc.constant('ia-ta' as const),
    iaid: uint(32),
    options: fc.array(leases, { maxLength: 2 }),
  }),
);

const messages: fc.Arbitrary<Dhcpv6Message> = record({
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
