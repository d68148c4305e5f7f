import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address } from '../../../addressing/index.ts';
import { planGateways } from './plan.ts';
import type { GatewayRecord, GatewaysRecord } from './record.ts';

const gateway = (facts: Partial<GatewayRecord> = {}): GatewayRecord => ({
  portId: 'out',
  nextHops: [],
  chassis: [],
  ...facts,
});
const plannedOf = (table: string, facts: Partial<GatewaysRecord>) =>
  planGateways({ routerId: 'r1', isSpread: false, gateways: [], ...facts }).filter(
    (row) => row.table === table,
  );
const planned = (table: string, facts: Partial<GatewayRecord> = {}) =>
  plannedOf(table, { gateways: [gateway(facts)] });

test('a gateway is on its hosts, the first preferred', () => {
  const rows = planned('Gateway_Chassis', { chassis: ['hv1', 'hv2'] });
  assert.deepEqual(
    rows.map(({ columns }) => columns),
    [
      { name: 'lrp-out_hv1', chassis_name: 'hv1', priority: 32767 },
      { name: 'lrp-out_hv2', chassis_name: 'hv2', priority: 32766 },
    ],
  );
  assert.equal(`${rows[0]?.parent}`, 'Logical_Router_Port router-port of port/out');
});

test('default routes lead to the next hops, out of the gateway port', () => {
  const nextHops = ['203.0.113.1', 'fe80::1'].map((text) => Address.parse(text));
  assert.deepEqual(
    planned('Logical_Router_Static_Route', { nextHops }).map(({ columns }) => columns),
    [
      { ip_prefix: '0.0.0.0/0', nexthop: '203.0.113.1', output_port: 'lrp-out' },
      { ip_prefix: '::/0', nexthop: 'fe80::1', output_port: 'lrp-out' },
    ],
  );
  assert.deepEqual(planned('Logical_Router_Static_Route'), []);
});

const LINK_LOCAL = Address.parse('fe80::1');
const two = [
  gateway({ nextHops: [LINK_LOCAL], chassis: ['hv1'] }),
  gateway({ portId: 'out2', nextHops: [LINK_LOCAL], chassis: ['hv1'] }),
];

test('of several gateways the first leads out, or all of them do', () => {
  const portsOf = (isSpread: boolean) =>
    plannedOf('Logical_Router_Static_Route', { gateways: two, isSpread }).map(({ key, columns }) => [
      key,
      columns.output_port,
    ]);
  assert.deepEqual(portsOf(false), [['default/6', 'lrp-out']]);
  assert.deepEqual(portsOf(true), [
    ['default/6', 'lrp-out'],
    ['default/6/out2', 'lrp-out2'],
  ]);
  assert.deepEqual(
    plannedOf('Gateway_Chassis', { gateways: two }).map(({ key }) => key),
    ['chassis/hv1', 'chassis/hv1/out2'],
  );
});
