import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PortForwardingRow } from '../../../resources/index.ts';
import { planForwardings } from './plan.ts';
import type { ForwardingSource } from './read.ts';

const forwarding = (facts: Partial<PortForwardingRow> = {}): PortForwardingRow => ({
  ...{ id: 'f1', floatingip_id: 'fip', internal_port_id: 'p1', internal_ip_address: '10.0.0.9' },
  ...{ protocol: 'tcp', description: '' },
  ...{ internal_port_start: 80, internal_port_end: 80, external_port_start: 8080, external_port_end: 8080 },
  ...facts,
});
const planned = (
  forwardings: readonly PortForwardingRow[],
  address = '203.0.113.9',
  crossing?: ForwardingSource['crossing'],
) =>
  planForwardings({
    ...{ id: 'fip', row: { floating_ip_address: address, router_id: 'r1' } },
    forwardings: forwardings.map((one) => ({ forwarding: one, crossing })),
  });

test('forwardings of a protocol are a load balancer of the router', () => {
  const rows = planned([
    forwarding(),
    forwarding({ external_port_start: 22, external_port_end: 22, internal_ip_address: '10.0.0.10' }),
    forwarding({ protocol: 'udp' }),
  ]);
  assert.deepEqual(
    rows.map(({ table, columns }) => [table, columns.protocol, columns.vips]),
    [
      ['Load_Balancer', 'tcp', { '203.0.113.9:8080': '10.0.0.9:80', '203.0.113.9:22': '10.0.0.10:80' }],
      ['Load_Balancer', 'udp', { '203.0.113.9:8080': '10.0.0.9:80' }],
    ],
  );
  assert.deepEqual(
    rows.map(({ memberOf }) => `${memberOf}`),
    ['Logical_Router router of router/r1', 'Logical_Router router of router/r1'],
  );
});

test('ranges lead port to port, or all to the same', () => {
  const range = { external_port_start: 8000, external_port_end: 8001 };
  const vipsOf = (facts: Partial<PortForwardingRow>) =>
    planned([forwarding({ ...range, ...facts })])[0]?.columns.vips;
  assert.deepEqual(vipsOf({ internal_port_start: 90, internal_port_end: 91 }), {
    '203.0.113.9:8000': '10.0.0.9:90',
    '203.0.113.9:8001': '10.0.0.9:91',
  });
  assert.deepEqual(vipsOf({}), {
    '203.0.113.9:8000': '10.0.0.9:80',
    '203.0.113.9:8001': '10.0.0.9:80',
  });
});

test('IPv6 has brackets around addresses', () => {
  const six = [forwarding({ internal_ip_address: 'fd00::9' })];
  assert.deepEqual(planned(six, '2001:db8::9')[0]?.columns.vips, { '[2001:db8::9]:8080': '[fd00::9]:80' });
});

test('a floating IP that forwards nothing has no rows', () => {
  assert.deepEqual(planned([]), []);
});

test('between address scopes, what is forwarded passes, and nothing else of the instance', () => {
  const ranged = forwarding({ internal_port_start: 90, internal_port_end: 91, external_port_end: 8081 });
  const policies = planned([ranged], undefined, { outer: 'gw', inner: ['in'] }).filter(
    ({ table }) => table === 'Logical_Router_Policy',
  );
  assert.deepEqual(
    policies.map(({ columns: { action, match } }) => [action, match]),
    [
      [
        'allow',
        'inport == "lrp-in" && outport == "lrp-gw" && ip4.src == 10.0.0.9 && tcp.src >= 90 && tcp.src <= 91',
      ],
      [
        'allow',
        'inport == "lrp-gw" && outport == "lrp-in" && ip4.dst == 10.0.0.9 && tcp.dst >= 90 && tcp.dst <= 91',
      ],
    ],
  );
});
