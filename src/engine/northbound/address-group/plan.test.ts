import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prefix } from '../../../addressing/index.ts';
import { planAddressGroup } from './plan.ts';

const setsOf = (...addresses: string[]) =>
  planAddressGroup({ id: 'a-b', addresses: addresses.map((text) => Prefix.parse(text)) }).map(
    ({ columns }) => [columns.name, columns.addresses],
  );

test('an address group is a set for each family, empty ones too', () => {
  assert.deepEqual(setsOf('2001:db8::/32', '192.0.2.0/24', 'fd00::1/128', '192.0.2.1/32'), [
    ['as_a_b_ip4', ['192.0.2.0/24', '192.0.2.1']],
    ['as_a_b_ip6', ['2001:db8::/32', 'fd00::1']],
  ]);
  assert.deepEqual(setsOf(), [
    ['as_a_b_ip4', []],
    ['as_a_b_ip6', []],
  ]);
});

test('all addresses are two halves', () => {
  assert.deepEqual(setsOf('::/0', '0.0.0.0/0'), [
    ['as_a_b_ip4', ['0.0.0.0/1', '128.0.0.0/1']],
    ['as_a_b_ip6', ['::/1', '8000::/1']],
  ]);
});
