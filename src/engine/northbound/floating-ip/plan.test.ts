import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, Mac } from '../../../addressing/index.ts';
import { planFloatingIp } from './plan.ts';
import type { FloatingIpRecord } from './record.ts';

const planned = (facts: Partial<FloatingIpRecord> = {}) =>
  planFloatingIp({
    routerId: 'r1',
    portId: 'p1',
    floating: Address.parse('203.0.113.9'),
    fixed: Address.parse('10.0.0.9'),
    mac: Mac.parse('fa:16:3e:00:00:09'),
    isDistributed: false,
    networkId: 'n1',
    physicalNetwork: 'physnet1',
    vlan: 7,
    crossing: undefined,
    wayOut: undefined,
    translated: undefined,
    gatewayPortId: 'gw',
    ...facts,
  });

test('a floating IP is a translation at the router', () => {
  const [row, ...others] = planned();
  assert.deepEqual(others, []);
  assert.deepEqual(row?.columns, {
    type: 'dnat_and_snat',
    external_ip: '203.0.113.9',
    logical_ip: '10.0.0.9',
  });
  assert.equal(`${row?.parent}`, 'Logical_Router router of router/r1');
});

test('the port’s host translates where it can', () => {
  const [row] = planned({ isDistributed: true });
  assert.equal(row?.columns.logical_port, 'p1');
  assert.equal(row?.columns.external_mac, 'fa:16:3e:00:00:09');
});

test('IPv6 is translated without state', () => {
  const six = { floating: Address.parse('2001:db8::9'), fixed: Address.parse('fd00::9') };
  assert.deepEqual(planned(six)[0]?.columns.options, { stateless: 'true' });
});

test('between address scopes what is translated passes, from the port’s own link alone', () => {
  const [, ...policies] = planned({ crossing: { outer: 'gw', inner: ['in'] } });
  assert.deepEqual(
    policies.map(({ columns: { priority, match, action } }) => [priority, match, action]),
    [
      [32_001, 'inport == "lrp-in" && outport == "lrp-gw" && ip4.src == 10.0.0.9', 'allow'],
      [31_501, 'inport == "lrp-gw" && outport == "lrp-in" && ip4.dst == 10.0.0.9', 'allow'],
    ],
  );
});

test('one of IPv4 for IPv6 leads to the translator under another address, and stays at the gateway', () => {
  const fixed = Address.parse('fd00::9');
  const floating = Address.parse('203.0.113.9');
  const translated = { floating, routed: Address.parse('251.0.113.9'), fixed, prefix: null };
  const rows = planned({ fixed, translated, crossing: { outer: 'gw', inner: ['in'] } });
  assert.deepEqual(
    rows.map(({ table, columns }) =>
      [table, ...Object.values(columns).map((one) => JSON.stringify(one))].join(' '),
    ),
    [
      'NAT "dnat_and_snat" "203.0.113.9" "251.0.113.9"',
      'Logical_Router_Static_Route "251.0.113.9/32" "192.0.0.2" "lrp-gw"',
      'Logical_Router_Policy 31001 "ip4.src == 251.0.113.9/32" "allow"',
      'Logical_Router_Policy 31001 "ip4.dst == 251.0.113.9/32" "allow"',
    ],
  );
});

test('one of IPv6 for IPv4 too, and between address scopes what the translator sends and gets passes', () => {
  const translated = {
    ...{ floating: Address.parse('2001:db8::9'), routed: Address.parse('fd00:a9fe:a9fe:46::a00:9') },
    ...{ fixed: Address.parse('10.0.0.9'), prefix: null },
  };
  const [nat, route, ...policies] = planned({ translated, crossing: { outer: 'gw', inner: ['in'] } });
  assert.equal(nat?.columns.logical_ip, 'fd00:a9fe:a9fe:46::a00:9');
  assert.match(`${route?.columns.nexthop}`, /^fe80::/);
  assert.deepEqual(
    policies.slice(2).map(({ columns }) => `${columns.match}`.replace(/.* && (ip4.src)/, '$1')),
    ['ip4.src == 10.0.0.9 && ip4.dst == 192.0.0.3', 'ip4.src == 192.0.0.3 && ip4.dst == 10.0.0.9'],
  );
  assert.deepEqual(planned({ translated, gatewayPortId: null }), []);
});

test('what would leave a router by another gateway leaves by that on the network of the floating IP', () => {
  const wayOut = { gateway: 'gw', others: ['gw2', 'gw3'], inner: ['in'], nextHop: '203.0.113.1' };
  const [nat, policy, ...more] = planned({ wayOut });
  assert.deepEqual(more, []);
  assert.equal(`${nat?.columns.gateway_port}`, 'Logical_Router_Port router-port of port/gw');
  const match = 'inport == "lrp-in" && outport == {"lrp-gw2", "lrp-gw3"} && ip4.src == 10.0.0.9';
  assert.deepEqual(policy?.columns, {
    priority: 32_005,
    match,
    action: 'reroute',
    nexthops: ['203.0.113.1'],
  });
  // Nor by none, where that is not known.
  const lost = planned({ wayOut: { ...wayOut, nextHop: undefined } })[1];
  assert.deepEqual(lost?.columns, { priority: 32_005, match, action: 'drop' });
});
