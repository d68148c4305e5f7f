import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address } from '../../../addressing/index.ts';
import type { SubnetRow } from '../../../resources/index.ts';
import { planNat64 } from './plan.ts';
import type { Nat64Source } from './read.ts';

const subnet = {
  id: 's1',
  ip_version: 4,
  cidr: '192.0.2.0/24',
  gateway_ip: '192.0.2.1',
  dns_nameservers: '[]',
  dns_search_domains: '[]',
  host_routes: '[]',
  pref64: null,
} as unknown as SubnetRow;
const allocation = { port_id: 'out', subnet_id: 's1', address: Address.parse('192.0.2.7').sortKey };

const planned = (facts: Partial<Nat64Source> = {}) =>
  planNat64({
    ...{ id: 'r1', portId: 'out', networkId: 'n1', router: { enable_snat: 1 } },
    fixedIps: [{ allocation, subnet }],
    others: [],
    prefixes: ['64:ff9b::/96'],
    hasClients: false,
    ...facts,
  }).map(({ table, columns }) => [table, ...Object.values(columns)].join(' '));

test('the prefix leads to the translator, what it makes leads out and back as the router’s own', () => {
  assert.deepEqual(planned(), [
    'Logical_Router_Static_Route 64:ff9b::/96 fe80::cd5:81ff:fee8:326f lrp-out',
    'Logical_Router_Static_Route 192.0.0.2/32 192.0.0.2 lrp-out',
    'NAT snat 192.0.2.7 192.0.0.2',
    'Logical_Router_Policy 31001 ip4.src == 192.0.0.2/32 allow',
    'Logical_Router_Policy 31001 ip4.dst == 192.0.0.2/32 allow',
  ]);
});

test('a router that does not translate IPv4, or has none outside, leads nowhere else', () => {
  assert.deepEqual(planned({ router: { enable_snat: 0 } }), []);
  assert.deepEqual(planned({ fixedIps: [] }), []);
});

test('what answers those of IPv6 leads to the translator, also where IPv4 is not translated', () => {
  const answers = 'Logical_Router_Static_Route 192.0.0.3/32 192.0.0.2 lrp-out';
  assert.deepEqual(planned({ hasClients: true, prefixes: [] }), [answers]);
  assert.deepEqual(planned({ hasClients: true, router: { enable_snat: 0 } }), [answers]);
  assert.equal(planned({ hasClients: true }).length, 6);
});

test('of several gateways each translates what leaves by it', () => {
  const other = { ...allocation, port_id: 'out2', address: Address.parse('192.0.2.8').sortKey };
  const rows = planned({ others: [{ portId: 'out2', fixedIps: [{ allocation: other, subnet }] }] });
  assert.deepEqual(
    rows.filter((row) => row.startsWith('NAT')),
    [
      'NAT snat 192.0.2.7 192.0.0.2 Logical_Router_Port router-port of port/out',
      'NAT snat 192.0.2.8 192.0.0.2 Logical_Router_Port router-port of port/out2',
    ],
  );
});
