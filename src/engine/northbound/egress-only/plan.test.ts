import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InsideRows } from './inside.ts';
import { insideOf } from './inside.ts';
import { planEgressOnly } from './plan.ts';
import type { EgressOnlySource } from './read.ts';

const inside: InsideRows = {
  subnets: ['fd00:1::/64'],
  outside: ['2001:db8:f::/64', '192.0.2.0/24'],
  further: ['fd00:d::/56', 'fd00:ffff::1/128'],
  routes: JSON.stringify([
    { destination: 'fd00:9::/64', nexthop: 'fd00:1::9' },
    { destination: 'fd00:8::/64', nexthop: 'fe80::9' },
    { destination: '2001:db8:7::/48', nexthop: '2001:db8:f::7' },
    { destination: '10.9.0.0/24', nexthop: '10.0.0.9' },
  ]),
};
const source = (facts: Partial<EgressOnlySource> = {}): EgressOnlySource => ({
  ...{ id: 'a-b', inside, gateways: ['g1', 'g2'], exposed: [] },
  ...facts,
});
const matches = (facts: Partial<EgressOnlySource>, table: string): unknown[] =>
  planEgressOnly(source(facts)).flatMap((row) => (row.table === table ? row.columns.match : []));

test('behind a router are its subnets, what instances have delegated, and what lies behind those inside', () => {
  const { subnets, beyond } = insideOf(inside);
  assert.deepEqual(subnets.map(String), ['fd00:1::/64']);
  assert.deepEqual(beyond.map(String), ['fd00:d::/56', 'fd00:ffff::1/128', 'fd00:9::/64', 'fd00:8::/64']);
});

test('nobody outside is from there, by whichever gateway', () => {
  assert.deepEqual(
    matches({}, 'Logical_Router_Policy'),
    ['fd00:d::/56', 'fd00:ffff::1/128', 'fd00:9::/64', 'fd00:8::/64'].map(
      (prefix) => `inport == {"lrp-g1", "lrp-g2"} && ip6.src == ${prefix}`,
    ),
  );
  assert.deepEqual(matches({ gateways: [] }, 'Logical_Router_Policy'), []);
});

test('what a floating IP stands for is not reached by its own address', () => {
  assert.deepEqual(matches({}, 'ACL'), []);
  assert.deepEqual(matches({ exposed: ['fd00:1::1', 'fd00:1::2'] }, 'ACL'), [
    'outport == @egress_only_a_b && ip6.dst == {fd00:1::1, fd00:1::2}',
  ]);
});
