import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HeardRouter, nextHopsOf, type WaysOut } from './next-hops.ts';

const heard = (address: string, facts: Partial<HeardRouter> = {}): HeardRouter => ({
  ...{ chassis: 'h1', address, preference: 'medium', since: '2026-01-01T00:00:00Z' },
  ...facts,
});
const hops = (ways: Partial<WaysOut>) =>
  nextHopsOf({ given: null, gateways: [], heard: [], chassis: ['h1', 'h2'], ...ways }).map(
    ({ nexthop, origin }) => `${nexthop} ${origin}`,
  );

test('what the router says goes before what a subnet says, and that before what was heard', () => {
  const gateways = ['203.0.113.1', '2001:db8::1', '2001:db8:1::1'];
  const all = { gateways, heard: [heard('fe80::1')] };
  assert.deepEqual(hops({ ...all, given: 'fe80::9' }), ['203.0.113.1 subnet', 'fe80::9 router']);
  assert.deepEqual(hops(all), ['203.0.113.1 subnet', '2001:db8::1 subnet']);
  assert.deepEqual(hops({ ...all, gateways: ['203.0.113.1'] }), [
    '203.0.113.1 subnet',
    'fe80::1 advertisement',
  ]);
  assert.deepEqual(hops({}), []);
});

test('of several routers outside the one of the highest preference leads out, of these the longest known', () => {
  const routers = [
    heard('fe80::1', { preference: 'low' }),
    heard('fe80::2', { since: '2026-01-02T00:00:00Z' }),
    heard('fe80::3'),
  ];
  assert.deepEqual(hops({ heard: routers }), ['fe80::3 advertisement']);
  assert.deepEqual(hops({ heard: [...routers, heard('fe80::4', { preference: 'high' })] }), [
    'fe80::4 advertisement',
  ]);
});

test('the host that has the gateway is believed, and others while it has heard nothing', () => {
  const elsewhere = heard('fe80::2', { chassis: 'h2', preference: 'high' });
  assert.deepEqual(hops({ heard: [elsewhere, heard('fe80::1')] }), ['fe80::1 advertisement']);
  assert.deepEqual(hops({ heard: [elsewhere] }), ['fe80::2 advertisement']);
  assert.deepEqual(hops({ heard: [heard('fe80::3', { chassis: 'h9' })] }), []);
});
