import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address } from '../../addressing/index.ts';
import { AddressIndex } from './address-index.ts';

const [one, two] = ['fd00::1', 'fd00::2'].map((text) => Address.parse(text)) as [Address, Address];

test('who has an address by a higher right comes first, then who had it first', () => {
  const index = new AddressIndex<string>();
  index.put('a', 'A', [[], [one]]);
  index.put('b', 'B', [[one], [two, one]]);
  index.put('c', 'C', [[one]]);
  assert.deepEqual(index.holdersOf(one), ['B', 'C', 'A']);
  assert.deepEqual(index.holdersOf(two), ['B']);
});

test('what is noted of a holder takes the place of what was', () => {
  const index = new AddressIndex<string>();
  index.put('a', 'A', [[one]]);
  index.put('a', 'A again', [[two]]);
  assert.deepEqual(index.holdersOf(one), []);
  assert.deepEqual(index.holdersOf(two), ['A again']);
  index.delete('a');
  index.delete('a');
  assert.deepEqual(index.holdersOf(two), []);
});
