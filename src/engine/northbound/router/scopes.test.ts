import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixedIp, router, subnet } from '../../../../test/support/records.ts';
import { NO_SCOPES, type Scopes } from '../records/scopes.ts';
import { planRouter } from './plan.ts';
import type { RouterPortRecord, RouterRecord } from './record.ts';

const portIn = (id: string, scopes: Partial<Scopes>, ...prefixes: string[]): RouterPortRecord => ({
  portId: id,
  networkId: id,
  scopes: { ...NO_SCOPES, ...scopes },
  fixedIps: prefixes.map((prefix) => {
    const on = subnet(prefix);
    return fixedIp(on.prefix.at(1n).toString(), on);
  }),
});
const red = portIn('red', { 6: 'a' }, 'fd00:1::/64', '10.1.0.0/24');
const pink = portIn('pink', { 6: 'a' }, 'fd00:2::/64');
const blue = portIn('blue', { 6: 'b' }, 'fd00:3::/64', '10.3.0.0/24');
const outside = portIn('out', {}, '203.0.113.0/24');

const policies = (facts: Partial<RouterRecord>, priority: number) =>
  planRouter(router(facts)).flatMap(({ table, columns }) =>
    table === 'Logical_Router_Policy' && columns.priority === priority ? [columns.match] : [],
  );

test('a router passes nothing on between scopes, in either direction', () => {
  assert.deepEqual(policies({ interfaces: [red, pink, blue] }, 31_500), [
    'inport == "lrp-red" && outport == {"lrp-blue"} && ip6',
    'inport == "lrp-pink" && outport == {"lrp-blue"} && ip6',
    'inport == "lrp-blue" && outport == {"lrp-red", "lrp-pink"} && ip6',
  ]);
});

test('what is expected from a subnet is what stays in its scope', () => {
  const expected = policies({ interfaces: [red, pink, blue] }, 32_001);
  assert.ok(
    expected.includes('inport == "lrp-red" && ip6.src == fd00:1::/64 && outport == {"lrp-red", "lrp-pink"}'),
  );
  assert.ok(expected.includes('inport == "lrp-blue" && ip4.src == 10.3.0.0/24'));
});

test('networks without a scope share one, and need no rules among themselves', () => {
  const none = [portIn('one', {}, 'fd00:4::/64'), portIn('other', {}, 'fd00:5::/64')];
  assert.deepEqual(policies({ interfaces: none, gateways: [outside] }, 31_500), []);
  assert.deepEqual(policies({ interfaces: [none[0]!, red] }, 31_500), [
    'inport == "lrp-one" && outport == {"lrp-red"} && ip6',
    'inport == "lrp-red" && outport == {"lrp-one"} && ip6',
  ]);
});

test('IPv4 leaves its scope translated; untranslated it does not', () => {
  const scoped = portIn('four', { 4: 'c' }, '10.4.0.0/24');
  const facts = { interfaces: [scoped], gateways: [outside] };
  assert.deepEqual(policies({ ...facts, enableSnat: true }, 31_500), []);
  assert.deepEqual(policies({ ...facts, enableSnat: false }, 31_500), [
    'inport == "lrp-four" && outport == {"lrp-out"} && ip4',
    'inport == "lrp-out" && outport == {"lrp-four"} && ip4',
  ]);
});

test('IPv4 of the scope outside is not translated', () => {
  const translated = (scope: string) =>
    planRouter(
      router({
        interfaces: [portIn('four', { 4: 'c' }, '10.4.0.0/24'), portIn('none', {}, '10.5.0.0/24')],
        gateways: [portIn('out', { 4: scope }, '203.0.113.0/24')],
      }),
    ).flatMap(({ table, columns }) => (table === 'NAT' ? [columns.logical_ip] : []));
  assert.deepEqual(translated('c'), ['10.5.0.0/24']);
  assert.deepEqual(translated('d'), ['10.4.0.0/24', '10.5.0.0/24']);
});

test('what NAT64 translates passes between scopes', () => {
  const facts = { interfaces: [red], gateways: [outside], nat64Prefixes: ['64:ff9b::/96'] };
  assert.ok(
    policies(facts, 32_001).includes(
      'inport == "lrp-red" && ip6.src == fd00:1::/64 && (outport == {"lrp-red"} || ip6.dst == 64:ff9b::/96)',
    ),
  );
  assert.deepEqual(policies(facts, 31_501), ['inport == "lrp-out" && ip6.src == 64:ff9b::/96']);
  assert.deepEqual(policies({ ...facts, enableSnat: false }, 31_501), []);
});
