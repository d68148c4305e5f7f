import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prefix } from '../../../addressing/index.ts';
import {
  associationWishes,
  type DelegatedToRouter,
  iaidOf,
  shareOutPrefixes,
  type WaitingSubnet,
} from './shares.ts';

const NOW = '2026-01-01T00:00:00Z';
const [PAST, LATER] = ['2025-01-01T00:00:00Z', '2027-01-01T00:00:00Z'];
const subnet = (id: string, prefix?: string): WaitingSubnet => ({
  id,
  prefix: prefix === undefined ? undefined : Prefix.parse(prefix),
});
const delegated = (prefix: string, facts: Partial<DelegatedToRouter> = {}): DelegatedToRouter => ({
  ...{ iaid: 1, prefix: Prefix.parse(prefix), preferredUntil: LATER, validUntil: LATER },
  ...facts,
});
const other = (prefix: string) => ({ prefix: Prefix.parse(prefix), holder: `who has ${prefix}` });
const shared = (...[subnets, from, others, now]: Parameters<typeof shareOutPrefixes>) => {
  const { shares, refusal } = shareOutPrefixes(subnets, from, others, now);
  return { shares: subnets.map(({ id }) => shares.get(id)?.prefix.toString()), refusal };
};

test('each subnet gets the first /64 that is free, and keeps it', () => {
  const from = [delegated('2001:db8::/62')];
  assert.deepEqual(shared([subnet('a'), subnet('b')], from, [], NOW).shares, [
    '2001:db8::/64',
    '2001:db8:0:1::/64',
  ]);
  assert.deepEqual(shared([subnet('a'), subnet('b', '2001:db8::/64'), subnet('c')], from, [], NOW).shares, [
    '2001:db8:0:1::/64',
    '2001:db8::/64',
    '2001:db8:0:2::/64',
  ]);
});

test('who finds no room goes without; a second prefix has more', () => {
  const subnets = [subnet('a'), subnet('b'), subnet('c')];
  assert.deepEqual(shared(subnets, [delegated('2001:db8::/63')], [], NOW).shares.at(-1), undefined);
  const two = [delegated('2001:db8::/63'), delegated('2001:db8:1::/64', { iaid: 7 })];
  assert.deepEqual(shared(subnets, two, [], NOW).shares.at(-1), '2001:db8:1::/64');
});

test('what somebody has is left out, and said when there is nothing else', () => {
  const from = [delegated('2001:db8::/63')];
  assert.deepEqual(shared([subnet('a')], from, [other('2001:db8::/64')], NOW), {
    shares: ['2001:db8:0:1::/64'],
    refusal: undefined,
  });
  const { shares, refusal } = shared([subnet('a')], from, [other('2001:db8::/48')], NOW);
  assert.deepEqual(shares, [undefined]);
  assert.equal(
    refusal,
    '2001:db8::/63, which the provider delegates, overlaps with what who has 2001:db8::/48 has',
  );
});

test('a subnet leaves a prefix that is not preferred any more for one that is, if there is one', () => {
  const former = delegated('2001:db8::/64', { preferredUntil: PAST });
  const own = [subnet('a', '2001:db8::/64')];
  assert.deepEqual(shared(own, [former], [], NOW).shares, ['2001:db8::/64']);
  assert.deepEqual(shared(own, [former, delegated('2001:db8:1::/64')], [], NOW).shares, ['2001:db8:1::/64']);
  assert.deepEqual(shared(own, [{ ...former, validUntil: PAST }], [], NOW).shares, [undefined]);
  const everlasting = delegated('2001:db8::/64', { preferredUntil: null, validUntil: null });
  assert.deepEqual(shared(own, [everlasting], [], NOW).shares, ['2001:db8::/64']);
});

test('one association for all, with room for all of them', () => {
  const lengths = [1, 2, 3, 4, 5].map((count) => {
    const subnets = Array.from({ length: count }, (_, index) => subnet(`${index}`));
    return associationWishes(subnets, []).map(({ length }) => length);
  });
  assert.deepEqual(lengths, [[64], [63], [62], [62], [61]]);
  assert.deepEqual(associationWishes([], [delegated('2001:db8::/56')]), []);
});

test('one more for each subnet that a provider’s prefix has no room for, for as long as it is there', () => {
  const subnets = [subnet('a', '2001:db8::/64'), subnet('b')];
  const wishes = associationWishes(subnets, [{ iaid: 1 }]);
  assert.deepEqual(wishes, [
    { iaid: 1, length: 63 },
    { iaid: iaidOf('b'), length: 64 },
  ]);
  const served = [subnet('a', '2001:db8::/64'), subnet('b', '2001:db8:1::/64')];
  assert.deepEqual(associationWishes(served, [{ iaid: 1 }, { iaid: iaidOf('b') }]), wishes);
  assert.deepEqual(associationWishes(served.slice(0, 1), [{ iaid: 1 }, { iaid: iaidOf('b') }]).length, 1);
});
