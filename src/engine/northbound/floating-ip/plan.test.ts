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
