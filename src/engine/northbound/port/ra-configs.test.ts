import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addresses,
  network,
  port,
  slaac,
  stateful,
  stateless,
  subnet,
} from '../../../../test/support/records.ts';
import { Prefix } from '../../../addressing/index.ts';
import type { NetworkRecord } from '../records/network.ts';
import type { SubnetRecord } from '../records/subnet.ts';
import { advertiserOf, raConfigs } from './ra-configs.ts';
import type { PortRecord } from './record.ts';

const a = 'fd00:a::/64';
const b = 'fd00:b::/64';

/** The port of a router that is the gateway of these subnets. */
const gatewayOf = (subnets: SubnetRecord[], on: NetworkRecord = network()): PortRecord =>
  port({
    deviceOwner: 'network:router_interface',
    network: on,
    fixedIps: subnets.map((of) => ({ subnet: of, address: of.gateway! })),
  });

const cases: [string, SubnetRecord[], string | undefined][] = [
  ['nothing at all', [], undefined],
  ['IPv4', [subnet('10.0.0.0/24')], undefined],
  ['IPv6 without an RA mode', [subnet(a)], undefined],
  ['RA by another router', [subnet(a, { addressMode: 'slaac' })], undefined],
  ['SLAAC', [subnet(a, slaac)], 'slaac'],
  ['SLAAC beside IPv4', [subnet(a, slaac), subnet('10.0.0.0/24')], 'slaac'],
  ['SLAAC, addresses from elsewhere', [subnet(a, { raMode: 'slaac' })], 'slaac'],
  ['stateless', [subnet(a, stateless)], 'dhcpv6_stateless'],
  ['stateful', [subnet(a, stateful)], 'dhcpv6_stateful'],
  ['two that are stateful', [subnet(a, stateful), subnet(b, stateful)], 'dhcpv6_stateful'],
  ['SLAAC and stateless', [subnet(a, slaac), subnet(b, stateless)], 'dhcpv6_stateless'],
  ['SLAAC and stateful', [subnet(a, slaac), subnet(b, stateful)], 'host'],
  ['stateless and stateful', [subnet(a, stateless), subnet(b, stateful)], 'host'],
  ['SLAAC and one without modes', [subnet(a, slaac), subnet(b)], 'host'],
];

for (const [name, subnets, by] of cases) {
  test(`${name}: ${by ?? 'no advertisement'}`, () => {
    const of = gatewayOf(subnets);
    assert.equal(advertiserOf(of), by === undefined || by === 'host' ? by : 'ovn');
    const configs = raConfigs(of);
    if (by === undefined || by === 'host')
      assert.deepEqual(configs, {}, 'not even solicitations are answered');
    else assert.deepEqual([configs.address_mode, configs.send_periodic, configs.mtu], [by, 'true', '1422']);
  });
}

const route = (nexthop: string) => ({
  hostRoutes: [{ destination: Prefix.parse('fd00:f::/64'), nexthop: addresses(nexthop)[0]! }],
});

const extras: [string, Partial<SubnetRecord>, 'ovn' | 'host'][] = [
  ['one DNS server, and one of IPv4', { dnsNameservers: addresses('fd00::53', '10.0.0.53') }, 'ovn'],
  ['two DNS servers', { dnsNameservers: addresses('fd00::53', 'fd00::54') }, 'host'],
  ['search domains', { searchDomains: ['a.example.org'] }, 'host'],
  ['a lifetime', { validLifetime: 7200 }, 'host'],
  ['that prefixes of their own are preferred', { prefersDelegation: true }, 'host'],
  ['a preferred lifetime', { preferredLifetime: 7200 }, 'host'],
  ['a router lifetime', { routerLifetime: 0 }, 'host'],
  ['a router preference', { routerPreference: 'low' }, 'host'],
  ['PREF64', { pref64: Prefix.parse('64:ff9b::/96') }, 'host'],
  ['a prefix that a provider delegates', { prefixEnd: { preferred: null, valid: null } }, 'host'],
  ['a route by the router', route('fd00:a::1'), 'host'],
  ['a route by another', route('fd00:a::9'), 'ovn'],
];

for (const [name, facts, by] of extras) {
  test(`${name}: ${by}`, () =>
    assert.equal(advertiserOf(gatewayOf([subnet(a, { ...slaac, ...facts })])), by));
}

test('a prefix that is to be given up: the hosts', () => {
  const retiredPrefixes = [{ prefix: Prefix.parse(b), until: 1_800_000_000 }];
  assert.equal(advertiserOf(gatewayOf([subnet(a, slaac)], network({ retiredPrefixes }))), 'host');
});

test('who is down, a guest or outside says nothing', () => {
  const simple = gatewayOf([subnet(a, slaac)]);
  const guest = simple.fixedIps.map((one) => ({ ...one, address: one.address.plus(5) }));
  assert.equal(advertiserOf(simple), 'ovn');
  assert.equal(advertiserOf({ ...simple, adminStateUp: false }), undefined);
  assert.equal(advertiserOf({ ...simple, network: network({ adminStateUp: false }) }), undefined);
  assert.equal(advertiserOf({ ...simple, fixedIps: guest }), undefined);
  assert.equal(advertiserOf({ ...simple, deviceOwner: 'network:router_gateway' }), undefined);
});

test('the DNS server of IPv6 and the search list, if it is a domain name', () => {
  const configs = (dnsDomain: string) =>
    raConfigs(
      gatewayOf(
        [subnet(a, { ...slaac, dnsNameservers: addresses('10.0.0.53', 'fd00::53') })],
        network({ dnsDomain }),
      ),
    );
  assert.deepEqual(
    [configs('example.org.').rdnss, configs('example.org.').dnssl],
    ['fd00::53', 'example.org'],
  );
  assert.equal(configs('no domain').dnssl, undefined);
  assert.equal(configs('').dnssl, undefined);
});

test('without a DNS server of the subnet it is the host’s', () => {
  const rdnss = (...servers: string[]) =>
    raConfigs(gatewayOf([subnet(a, { ...slaac, dnsNameservers: addresses(...servers) })])).rdnss;
  assert.equal(rdnss('10.0.0.53'), 'fd00:a9fe:a9fe::254');
  assert.equal(rdnss('::'), undefined);
});
