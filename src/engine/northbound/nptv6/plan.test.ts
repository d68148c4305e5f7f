import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, Prefix } from '../../../addressing/index.ts';
import type { SubnetRow } from '../../../resources/index.ts';
import { planNptv6 } from './plan.ts';
import type { Nptv6Source } from './read.ts';

const port = (id: string, cidr: string, address: string) => ({
  id,
  fixedIps: [
    {
      allocation: { port_id: id, subnet_id: cidr, address: Address.parse(address).sortKey },
      subnet: {
        ...{ id: cidr, ip_version: 6, cidr, gateway_ip: null, pref64: null },
        ...{ dns_nameservers: '[]', dns_search_domains: '[]', host_routes: '[]' },
      } as unknown as SubnetRow,
    },
  ],
});

const source: Nptv6Source = {
  id: 'r1',
  translations: [
    { id: 't1', internal: Prefix.parse('fd01:203:405::/48'), external: Prefix.parse('2001:db8:1::/48') },
  ],
  gateway: port('out', '2001:db8:e::/64', '2001:db8:e::7'),
  interfaces: [port('in', 'fd01:203:405:1::/64', 'fd01:203:405:1::1')],
  nat64Prefixes: [],
  exempted: [],
};

const planned = (table: string, facts: Partial<Nptv6Source> = {}) =>
  planNptv6({ ...source, ...facts })
    .filter((row) => row.table === table)
    .map(({ columns }) => Object.values(columns).map(String).join(' '));

const [IN, OUT, HERE] = ['"lrp-in"', '"lrp-out"', '"lrp-nptv6-r1"'];

test('the router has a port more, on a switch with a port of each host’s own', () => {
  assert.deepEqual(planned('Logical_Switch'), ['nptv6-r1']);
  assert.deepEqual(planned('Logical_Router_Port'), [
    'lrp-nptv6-r1 0e:ff:0f:65:0d:c9 fd00:a9fe:a9fe::6296:0/127',
  ]);
  assert.deepEqual(planned('Logical_Switch_Port'), [
    'nptv6-r1-router router router [object Object]',
    'nptv6-r1 localport 0e:3e:92:60:de:4a fd00:a9fe:a9fe::6296:1',
  ]);
});

test('the external prefix leads there, and what would go out from the internal one', () => {
  assert.deepEqual(planned('Logical_Router_Static_Route'), [
    '2001:db8:1::/48 fd00:a9fe:a9fe::6296:1 lrp-nptv6-r1',
  ]);
  const there = 'reroute fd00:a9fe:a9fe::6296:1';
  assert.deepEqual(planned('Logical_Router_Policy'), [
    `32011 inport == ${IN} && outport == ${OUT} && ip6.src == fd01:203:405:1::/64 ${there}`,
    `32011 inport == ${IN} && outport == ${HERE} && ip6.src == fd01:203:405:1::/64 allow`,
    `31002 inport == {${IN}} && outport == ${OUT} && ip6.src == fd01:203:405::/48 ${there}`,
    `32000 inport == ${OUT} && outport == ${HERE} && ip6.src == fd01:203:405::/48 drop`,
    `32000 inport == ${OUT} && outport == ${HERE} && ip6.src == 2001:db8:1::/48 drop`,
    `32011 inport == ${OUT} && outport == ${HERE} && ip6.src == 2001:db8:e::/64 allow`,
    `32011 inport == ${HERE} && ip6.src == 2001:db8:e::/64 && ip6.dst == fd01:203:405::/48 allow`,
    `31002 inport == ${HERE} && outport == ${OUT} && ip6.src == 2001:db8:1::/48 allow`,
    `31002 inport == ${HERE} && outport == ${OUT} && ip6.src == fd00:a9fe:a9fe::6296:0 ${there}`,
  ]);
});

test('what several translations, or addresses of one subnet, have in common is there once', () => {
  const of = (count: number): Partial<Nptv6Source> => ({
    translations: Array.from({ length: count }, (_, index) => ({
      id: `t${index}`,
      internal: Prefix.parse(`fd01:203:${index}::/48`),
      external: Prefix.parse(`2001:db8:${index}::/48`),
    })),
    gateway: { ...source.gateway, fixedIps: [...source.gateway.fixedIps, ...source.gateway.fixedIps] },
  });
  const policies = planned('Logical_Router_Policy', of(2));
  assert.deepEqual(policies, [...new Set(policies)]);
  assert.equal(policies.length - planned('Logical_Router_Policy', of(1)).length, 5);
});

test('who is known outside by something else, and what is for NAT64, goes out as it is', () => {
  const exempted = ['fd01:203:405:1::9', 'fd01:203:405:2::9'];
  const policies = planned('Logical_Router_Policy', { exempted, nat64Prefixes: ['64:ff9b::/96'] });
  assert.deepEqual(
    policies.filter((text) => text.startsWith('32012')),
    [`32012 inport == ${IN} && outport == ${OUT} && ip6.src == fd01:203:405:1::9 allow`],
  );
  assert.equal(policies.filter((text) => text.includes(' && ip6.dst != 64:ff9b::/96 reroute')).length, 2);
});

test('of a subnet that is larger, what is in the prefix; of others, nothing', () => {
  const sourcesOf = (cidr: string) =>
    planned('Logical_Router_Policy', {
      interfaces: [port('in', cidr, cidr.replace('/', '1/').split('/')[0]!)],
    })
      .filter((text) => text.startsWith(`32011 inport == ${IN}`))
      .map((text) => /ip6\.src == (\S+)/.exec(text)?.[1]);
  assert.deepEqual(sourcesOf('fd01:203:400::/40'), ['fd01:203:405::/48', 'fd01:203:405::/48']);
  assert.deepEqual(sourcesOf('fd01:203:406::/64'), []);
});
