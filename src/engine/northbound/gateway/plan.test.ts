import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixedIp, subnet } from '../../../../test/support/records.ts';
import { Address } from '../../../addressing/index.ts';
import { planGateway } from './plan.ts';
import type { GatewayRecord } from './record.ts';

const outside4 = subnet('203.0.113.0/24', { enableDhcp: false });
const outside6 = subnet('2001:db8:e::/64', { enableDhcp: false });

const gateway: GatewayRecord = {
  routerId: 'r1',
  portId: 'out',
  fixedIps: [fixedIp('203.0.113.7', outside4), fixedIp('2001:db8:e::7', outside6)],
  ipv6NextHop: null,
  chassis: [],
};

const planned = (table: string, facts: Partial<GatewayRecord> = {}) =>
  planGateway({ ...gateway, ...facts }).filter((row) => row.table === table);
const routesOf = (facts: Partial<GatewayRecord> = {}) =>
  planned('Logical_Router_Static_Route', facts).map(({ columns }) => columns);

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

test('default routes lead to the gateways of the external subnets, out of the gateway port', () => {
  assert.deepEqual(routesOf(), [
    { ip_prefix: '0.0.0.0/0', nexthop: '203.0.113.1', output_port: 'lrp-out' },
    { ip_prefix: '::/0', nexthop: '2001:db8:e::1', output_port: 'lrp-out' },
  ]);
});

test('an external subnet without a gateway gives no route; a link-local gateway does', () => {
  const fixedIps = [
    fixedIp('203.0.113.7', subnet('203.0.113.0/24', { gateway: undefined })),
    fixedIp('2001:db8:e::7', subnet('2001:db8:e::/64', { gateway: Address.parse('fe80::1') })),
  ];
  assert.deepEqual(routesOf({ fixedIps }), [
    { ip_prefix: '::/0', nexthop: 'fe80::1', output_port: 'lrp-out' },
  ]);
});

test('of two external subnets of a family the first gives the default route', () => {
  const second = subnet('2001:db8:f::/64');
  const fixedIps = [...gateway.fixedIps, fixedIp('2001:db8:f::7', second)];
  assert.equal(routesOf({ fixedIps }).length, 2);
});

test('a next hop of the router’s own comes first, and needs no subnet outside', () => {
  const ipv6NextHop = Address.parse('fe80::ffff');
  const [, own] = routesOf({ ipv6NextHop });
  assert.deepEqual(own, { ip_prefix: '::/0', nexthop: 'fe80::ffff', output_port: 'lrp-out' });
  assert.deepEqual(routesOf({ ipv6NextHop, fixedIps: [] }), [own]);
});
