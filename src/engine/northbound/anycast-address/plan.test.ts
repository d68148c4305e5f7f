import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address } from '../../../addressing/index.ts';
import type { AnycastMember } from '../../../resources/anycast-address/rules.ts';
import { RowRef } from '../../reconciler/plan.ts';
import { planAnycastAddress } from './plan.ts';

const member = (nextHop: string, facts: Partial<AnycastMember> = {}): AnycastMember => ({
  portId: nextHop,
  portStatus: 'ACTIVE',
  nextHop: Address.parse(nextHop),
  healthy: true,
  ...facts,
});

const all = (...members: AnycastMember[]) =>
  planAnycastAddress({ id: 'a1', routerId: 'r1', address: Address.parse('fd99::1'), members });
const planned = (...members: AnycastMember[]) =>
  all(...members).filter(({ table }) => table === 'Logical_Router_Static_Route');

const nextHops = (...members: AnycastMember[]) => planned(...members).map(({ columns }) => columns.nexthop);

test('every healthy member is a next hop of the router', () => {
  assert.deepEqual(planned(member('fd01::a'), member('fd02::b')), [
    {
      table: 'Logical_Router_Static_Route',
      key: 'route/fd01::a',
      columns: { ip_prefix: 'fd99::1/128', nexthop: 'fd01::a' },
      parent: new RowRef('Logical_Router', 'router/r1', 'router'),
    },
    {
      table: 'Logical_Router_Static_Route',
      key: 'route/fd02::b',
      columns: { ip_prefix: 'fd99::1/128', nexthop: 'fd02::b' },
      parent: new RowRef('Logical_Router', 'router/r1', 'router'),
    },
  ]);
});

test('who is not healthy, not asked yet, not plugged in or not on the router gets nothing', () => {
  const others = [
    member('fd01::b', { healthy: false }),
    member('fd01::c', { healthy: null }),
    member('fd01::d', { portStatus: 'DOWN' }),
    member('fd01::e', { nextHop: undefined }),
  ];
  assert.deepEqual(nextHops(member('fd01::a'), ...others), ['fd01::a']);
});

test('while none is healthy, all that are plugged in get traffic', () => {
  const members = [
    member('fd01::b', { healthy: false }),
    member('fd01::c', { healthy: null }),
    member('fd01::d', { portStatus: 'DOWN' }),
  ];
  assert.deepEqual(nextHops(...members), ['fd01::b', 'fd01::c']);
  assert.deepEqual(nextHops(), []);
});

test('what members answer from there may leave the router', () => {
  const policies = all(member('fd01::a'), member('fd02::b')).slice(2);
  assert.deepEqual(
    policies.map(({ columns }) => columns),
    [{ priority: 31_001, match: 'ip6.src == fd99::1/128', action: 'allow' }],
  );
});
