import assert from 'node:assert/strict';
import { test } from 'node:test';
import { port } from '../../../../test/support/records.ts';
import { planPort } from './plan.ts';
import type { QosRuleRecord } from './record.ts';

const rule = (facts: Partial<QosRuleRecord>): QosRuleRecord => ({
  direction: 'egress',
  maxKbps: null,
  maxBurstKbps: null,
  dscpMark: null,
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

test('hardware past the switch has none', () => {
  const rows = planPort(port({ isHardware: true, qosRules: [rule({ maxKbps: 1 })] }), {
    packetTooBigBelow: 1422,
  });
  assert.deepEqual(
    rows.filter(({ table }) => table === 'QoS'),
    [],
  );
});
