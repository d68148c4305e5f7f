import assert from 'node:assert/strict';
import { test } from 'node:test';
import { router } from '../../../../test/support/records.ts';
import { planProtection, protectionRef } from './control-plane-plan.ts';
import { planRouter } from './plan.ts';

const rows = planProtection('r1');
const of = (table: string) => rows.filter((row) => row.table === table);

test('a router has a meter for resolution, and another for errors, each with its band', () => {
  const names = of('Meter').map(({ columns }) => columns.name);
  assert.deepEqual(names, ['neutron-r1-resolution', 'neutron-r1-errors']);
  assert.deepEqual(
    of('Meter_Band').map(({ parent }) => parent?.key),
    of('Meter').map(({ key }) => key),
  );
});

test('what OVN asks its controllers for is metered by them', () => {
  const [row, ...others] = of('Copp');
  assert.deepEqual(others, []);
  assert.deepEqual(row?.columns.meters, {
    'arp-resolve': 'neutron-r1-resolution',
    'nd-ns-resolve': 'neutron-r1-resolution',
    'icmp4-error': 'neutron-r1-errors',
    'icmp6-error': 'neutron-r1-errors',
    'tcp-reset': 'neutron-r1-errors',
  });
});

test('the router refers to it', () => {
  const planned = planRouter(router({})).find(({ table }) => table === 'Logical_Router');
  assert.deepEqual(planned?.columns.copp, protectionRef('r1'));
});

test('no two routers share a meter', () => {
  const names = ['r1', 'r2'].flatMap((id) => planProtection(id).map(({ columns }) => columns.name));
  const given = names.filter((name) => name !== undefined);
  assert.equal(new Set(given).size, given.length);
});
