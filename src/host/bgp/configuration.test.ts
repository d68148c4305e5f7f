import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesFor, type SpeakerConfiguration } from './configuration.ts';

const peer = { id: 'p', address: '2001:db8:f::1', remote_as: 64_513, password: null, bfd: false };
const route = { destination: '2001:db8:1::/64', nextHop: '2001:db8:f::9', linkLocal: 'fe80::9' };
const speaker: SpeakerConfiguration = {
  ...{ localAs: 64_512, family: 6, routerId: '10.1.2.3' },
  peers: [peer],
  routes: [route],
};

const changes = (before: SpeakerConfiguration, after: SpeakerConfiguration): string[] =>
  linesFor(linesFor(undefined, before).told, after).lines.filter(
    (line) => !/^(enable|configure terminal|end|exit.*|router bgp .*|address-family .*)$/.test(line),
  );

test('a speaker tells routes with the addresses of the router, and believes nothing', () => {
  const { lines } = linesFor(undefined, speaker);
  for (const line of [
    'route-map NOTHING deny 10',
    'bgp graceful-restart preserve-fw-state',
    'ipv6 prefix-list HOP-1 permit 2001:db8:1::/64',
    'match ipv6 address prefix-list HOP-1',
    'set ipv6 next-hop global 2001:db8:f::9',
    'set ipv6 next-hop local fe80::9',
    'network 2001:db8:1::/64',
    'neighbor 2001:db8:f::1 remote-as 64513',
    'neighbor 2001:db8:f::1 route-map NOTHING in',
    'neighbor 2001:db8:f::1 route-map TOLD out',
  ])
    assert.ok(lines.includes(line), line);
  // A peer that is there before a route map would be told everything.
  assert.ok(lines.indexOf('route-map TOLD permit 1') < lines.indexOf('neighbor 2001:db8:f::1 activate'));
});

test('IPv4 is told by next hops of IPv4, to peers of either family', () => {
  const four = { destination: '100.64.0.0/26', nextHop: '198.51.100.9', linkLocal: 'fe80::9' };
  const { lines } = linesFor(undefined, { ...speaker, family: 4, routes: [four] });
  assert.ok(lines.includes('set ip next-hop 198.51.100.9'));
  assert.ok(lines.includes('match ip address prefix-list HOP-1'));
  assert.ok(lines.includes('address-family ipv4 unicast'));
  assert.ok(!lines.includes('address-family ipv6 unicast'));
});

test('to say it again says nothing', () => assert.deepEqual(changes(speaker, speaker), []));

test('routes come and go without a word about sessions, or other routes', () => {
  const another = { destination: '2001:db8:2::/64', nextHop: '2001:db8:f::a', linkLocal: 'fe80::a' };
  const both = { ...speaker, routes: [route, another] };
  assert.deepEqual(changes(speaker, both), [
    'ipv6 prefix-list HOP-2 permit 2001:db8:2::/64',
    'route-map TOLD permit 2',
    'match ipv6 address prefix-list HOP-2',
    'set ipv6 next-hop global 2001:db8:f::a',
    'set ipv6 next-hop local fe80::a',
    'network 2001:db8:2::/64',
  ]);
  assert.deepEqual(changes(both, { ...speaker, routes: [another] }), [
    'no network 2001:db8:1::/64',
    'no ipv6 prefix-list HOP-1 permit 2001:db8:1::/64',
    'no route-map TOLD permit 1',
  ]);
});

test('a route that leads to another router is not withdrawn meanwhile', () => {
  const moved = { ...route, nextHop: '2001:db8:f::b', linkLocal: 'fe80::b' };
  const lines = changes(speaker, { ...speaker, routes: [moved] });
  assert.ok(!lines.some((line) => line.includes('network')), lines.join('\n'));
  assert.ok(lines.includes('ipv6 prefix-list HOP-2 permit 2001:db8:1::/64'));
  assert.ok(lines.includes('no route-map TOLD permit 1'));
});

test('peers come, change and go', () => {
  const signed = { ...peer, password: 'secret', bfd: true };
  assert.deepEqual(changes(speaker, { ...speaker, peers: [signed] }), [
    'neighbor 2001:db8:f::1 password secret',
    'neighbor 2001:db8:f::1 bfd',
  ]);
  assert.deepEqual(changes({ ...speaker, peers: [signed] }, speaker), [
    'no neighbor 2001:db8:f::1 password',
    'no neighbor 2001:db8:f::1 bfd',
  ]);
  assert.deepEqual(changes(speaker, { ...speaker, peers: [] }), ['no neighbor 2001:db8:f::1']);
  const elsewhere = changes(speaker, { ...speaker, peers: [{ ...peer, remote_as: 7 }] });
  assert.deepEqual(elsewhere.slice(0, 2), [
    'no neighbor 2001:db8:f::1',
    'neighbor 2001:db8:f::1 remote-as 7',
  ]);
});
