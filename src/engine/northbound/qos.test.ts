import assert from 'node:assert/strict';
import { test } from 'node:test';
import { port } from '../../../test/support/records.ts';
import { planFloatingIpQos } from './floating-ip-qos/plan.ts';
import { portFacts } from './port/facts.ts';
import { planPort } from './port/plan.ts';
import { packetLimitsOf, type QosRuleRecord } from './qos.ts';

const rule = (facts: Partial<QosRuleRecord>): QosRuleRecord => ({
  direction: 'egress',
  maxKbps: null,
  maxBurstKbps: null,
  dscpMark: null,
  maxKpps: null,
  maxBurstKpps: null,
  ...facts,
});
const planned = (...qosRules: QosRuleRecord[]) =>
  planPort(port({ qosRules }), { packetTooBigBelow: 1422 })
    .filter(({ table }) => table === 'QoS')
    .map(({ columns: { direction, match, action, bandwidth } }) => ({ direction, match, action, bandwidth }));

test('a port without rules has none in OVN', () => {
  assert.deepEqual(planned(), []);
});

test('what an instance sends is limited and marked where it comes in', () => {
  const limits = rule({ maxKbps: 1000, maxBurstKbps: 300 });
  assert.deepEqual(planned(limits, rule({ dscpMark: 46 })), [
    {
      direction: 'from-lport',
      match: 'inport == "p1"',
      action: { dscp: 46 },
      bandwidth: { rate: 1000, burst: 300 },
    },
  ]);
});

test('what it gets is limited before it is delivered, with a burst as is usual', () => {
  assert.deepEqual(planned(rule({ direction: 'ingress', maxKbps: 1001, maxBurstKbps: 0 })), [
    { direction: 'to-lport', match: 'outport == "p1"', action: {}, bandwidth: { rate: 1001, burst: 801 } },
  ]);
});

test('packets are the guard’s to limit: OVN is told nothing of them', () => {
  const limits = rule({ maxKpps: 3, maxBurstKpps: 0 });
  assert.deepEqual(planned(limits), []);
  const facts = JSON.parse(portFacts(port({ qosRules: [limits, rule({ maxKbps: 10 })] }), false));
  assert.deepEqual(facts.packetLimits, { egress: { rate: 3_000, burst: 2_400 } });
  const both = [
    rule({ maxKpps: 1, maxBurstKpps: 2 }),
    rule({ direction: 'ingress', maxKpps: 4, maxBurstKpps: 1 }),
  ];
  assert.deepEqual(packetLimitsOf(both), {
    egress: { rate: 1_000, burst: 2_000 },
    ingress: { rate: 4_000, burst: 1_000 },
  });
});

test('a router’s gateway is limited as it enters and leaves the external network', () => {
  const gateway = port({ deviceOwner: 'network:router_gateway', qosRules: [rule({ maxKbps: 10 })] });
  const rows = planPort(gateway, { packetTooBigBelow: 1422 }).filter(({ table }) => table === 'QoS');
  assert.deepEqual(
    rows.map(({ columns }) => [columns.direction, columns.match]),
    [['from-lport', 'inport == "p1"']],
  );
});

test('a floating IP is limited before its router’s gateway, by its address outside', () => {
  const limits = { kind: 'bandwidth_limit', max_kbps: 10, max_burst_kbps: 0, dscp_mark: null } as const;
  const packets = { max_kpps: null, max_burst_kpps: null };
  const rows = planFloatingIpQos({
    ...{ id: 'f1', address: '2001:db8::9', networkId: 'n1', gatewayPortId: 'gw' },
    rules: (['egress', 'ingress'] as const).map((direction) => ({
      ...{ ...limits, ...packets, id: direction, policy_id: 'q1', direction },
    })),
  });
  assert.deepEqual(
    rows.map(({ columns: { direction, match, priority } }) => [direction, match, priority]),
    [
      ['from-lport', 'inport == "gw" && ip6.src == 2001:db8::9', 2001],
      ['to-lport', 'outport == "gw" && ip6.dst == 2001:db8::9', 2001],
    ],
  );
});

test('hardware past the switch has none', () => {
  const rows = planPort(port({ isHardware: true, qosRules: [rule({ maxKbps: 1 })] }), {
    packetTooBigBelow: 1422,
  });
  assert.deepEqual(
    rows.filter(({ table }) => table === 'QoS'),
    [],
  );
});
