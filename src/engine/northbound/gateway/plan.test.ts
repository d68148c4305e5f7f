import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address } from '../../../addressing/index.ts';
import { planGateway } from './plan.ts';
import type { GatewayRecord } from './record.ts';

const planned = (table: string, facts: Partial<GatewayRecord> = {}) =>
  planGateway({ routerId: 'r1', portId: 'out', nextHops: [], chassis: [], ...facts }).filter(
    (row) => row.table === table,
  );

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
