import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address } from '../addressing/index.ts';
import { namedDhcpv6Option } from './dhcpv6-named-options.ts';
import { type Dhcpv6Option, decodeDhcpv6Options, encodeDhcpv6Options } from './dhcpv6-options.ts';
import { PacketError } from './wire.ts';

const address = Address.parse('2001:db8::7b');

const readings: [name: string, value: string, option: Dhcpv6Option][] = [
  ['dns-server', '2001:db8::7b, 2001:db8::7b', { kind: 'dns-servers', servers: [address, address] }],
  ['option6:dns-server', '2001:db8::7b', { kind: 'dns-servers', servers: [address] }],
  ['23', '2001:db8::7b', { kind: 'dns-servers', servers: [address] }],
  ['sntp-server', '2001:db8::7b', { kind: 'sntp-servers', servers: [address] }],
  [
    'ntp-server',
    '2001:db8::7b,time.example.org',
    { kind: 'ntp-servers', servers: [address, 'time.example.org'] },
  ],
  [
    'domain-search',
    'a.example.org,b.example.org.',
    { kind: 'domain-search', domains: ['a.example.org', 'b.example.org'] },
  ],
  ['option6:59', 'http://[2001:db8::7b]/a,b', { kind: 'bootfile-url', url: 'http://[2001:db8::7b]/a,b' }],
  ['bootfile-param', 'a,b', { kind: 'bootfile-parameters', parameters: ['a', 'b'] }],
  ['information-refresh-time', '600', { kind: 'information-refresh-time', seconds: 600 }],
  [
    'vendor-opts',
    '4491,1,0x0a0b',
    { kind: 'vendor-options', enterprise: 4491, options: [{ code: 1, data: Uint8Array.of(10, 11) }] },
  ],
  ['200', '0x00ff', { kind: 'other', code: 200, data: Uint8Array.of(0, 255) }],
  ['200', 'text', { kind: 'other', code: 200, data: new TextEncoder().encode('text') }],
];

for (const [name, value, option] of readings) {
  test(`${name} ${value}`, () => {
    const octets = (one: Dhcpv6Option) => encodeDhcpv6Options([one]);
    assert.deepEqual(octets(namedDhcpv6Option(name, value)), octets(option));
  });
}

const refusals: [name: string, value: string, message: RegExp][] = [
  ['dns-servr', '2001:db8::1', /'dns-servr' is no DHCPv6 option: use dns-server/],
  ['constructor', 'x', /no DHCPv6 option/],
  ['70000', 'x', /no DHCPv6 option/],
  ['3', 'x', /belongs to the exchange/],
  ['dns-server', '192.0.2.1', /'192.0.2.1' is not an IPv6 address/],
  ['dns-server', ' , ', /has no value/],
  ['domain-search', 'a..b', /no domain name/],
  ['ntp-server', '192.0.2.1:123', /not an IPv6 address/],
  ['information-refresh-time', 'soon', /'soon' is not a whole number/],
  ['information-refresh-time', '4294967296', /32 bits/],
  ['vendor-opts', 'x,1,2', /'x' is not a whole number/],
];

for (const [name, value, message] of refusals) {
  test(`${name} ${value} is refused`, () => {
    assert.throws(
      () => namedDhcpv6Option(name, value),
      (error) => error instanceof PacketError && message.test(error.message),
    );
  });
}

test('whatever is taken can be sent', () => {
  const names = fc.oneof(
    fc.constantFrom('dns-server', 'ntp-server', 'domain-search', 'vendor-opts'),
    fc.nat(300).map(String),
  );
  fc.assert(
    fc.property(names, fc.oneof(fc.string(), fc.ipV6(), fc.domain()), (name, value) => {
      let option: Dhcpv6Option;
      try {
        option = namedDhcpv6Option(name, value);
      } catch (error) {
        assert(error instanceof PacketError, String(error));
        return;
      }
      decodeDhcpv6Options(encodeDhcpv6Options([option]));
    }),
  );
});
