import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, Mac, Prefix } from '../../addressing/index.ts';
import { type RouterReach, upstreamRoutes } from './upstream-routes.ts';

const prefixes = (...texts: string[]) => texts.map((text) => Prefix.parse(text));
const addresses = (...texts: string[]) => texts.map((text) => Address.parse(text));
const reach: RouterReach = {
  mac: Mac.parse('fa:16:3e:00:00:01'),
  outside: addresses('203.0.113.7', '2001:db8:e::7'),
  inside: prefixes('10.0.0.0/24', '2001:db8:1::/64'),
  further: [],
  staticRoutes: [],
  translated: [],
  enableSnat: true,
};
const routes = (facts: Partial<RouterReach> = {}) =>
  upstreamRoutes({ ...reach, ...facts }).map(({ destination, nexthop }) => `${destination} ${nexthop}`);

test('IPv6 prefixes are to be led to the router’s address outside; translated IPv4 finds back by itself', () => {
  assert.deepEqual(routes(), ['2001:db8:1::/64 2001:db8:e::7']);
  assert.deepEqual(routes({ enableSnat: false }), [
    '10.0.0.0/24 203.0.113.7',
    '2001:db8:1::/64 2001:db8:e::7',
  ]);
});

test('without a subnet outside the router is reached by its link-local address, and IPv4 not at all', () => {
  const expected = ['2001:db8:1::/64 fe80::f816:3eff:fe00:1'];
  assert.deepEqual(routes({ outside: [], enableSnat: false }), expected);
});

test('what is behind instances belongs to it, once; what lies outside does not', () => {
  const staticRoutes = [
    ['fd00:2::/64', '2001:db8:1::9'],
    ['fd00:2::/64', 'fe80::9'],
    ['fd00:3::/64', '2001:db8:e::1'],
    ['::/0', '2001:db8:1::9'],
    // It may be somebody else's.
    ['2001:db8:4::/64', '2001:db8:1::9'],
  ].map(([destination, nexthop]) => ({
    destination: Prefix.parse(destination!),
    nexthop: Address.parse(nexthop!),
  }));
  const further = prefixes('fd00:2::/64', '2001:db8:d::/56', '2001:db8:a::1/128');
  assert.deepEqual(
    routes({ further, staticRoutes }).map((route) => route.split(' ')[0]),
    ['2001:db8:1::/64', 'fd00:2::/64', '2001:db8:d::/56', '2001:db8:a::1/128'],
  );
});

test('what is translated is to be led to the router by its external prefix, and by no other', () => {
  const translated = [{ internal: Prefix.parse('fd00:1::/48'), external: Prefix.parse('2001:db8:f::/48') }];
  const inside = prefixes('fd00:1:0:5::/64', 'fd00:2::/64');
  const further = prefixes('fd00:1:0:80::/60');
  assert.deepEqual(routes({ inside, further, translated }), [
    'fd00:2::/64 2001:db8:e::7',
    '2001:db8:f::/48 2001:db8:e::7',
  ]);
});
