import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address } from '../../addressing/index.ts';
import { type AdvertisedRouter, HeardTable } from './heard-table.ts';

const from = (text: string, facts: Partial<AdvertisedRouter> = {}): AdvertisedRouter => ({
  ...{ source: Address.parse(text), lifetime: 30, preference: 'medium' },
  ...facts,
});
const names = (table: HeardTable, now: number) => table.on('n', now).map(({ address }) => `${address}`);

test('a router is there for its lifetime, which each advertisement begins anew', () => {
  const table = new HeardTable();
  assert.equal(table.hear('n', from('fe80::1'), 0), true);
  assert.equal(table.hear('n', from('fe80::1'), 10_000), false, 'no news');
  assert.equal(table.nextEnd(10_000), 30_000);
  assert.deepEqual(names(table, 39_999), ['fe80::1']);
  assert.deepEqual(names(table, 40_000), []);
  assert.equal(table.nextEnd(40_000), undefined);
});

test('one that says that it is none any more is gone at once', () => {
  const table = new HeardTable();
  table.hear('n', from('fe80::1'), 0);
  assert.equal(table.hear('n', from('fe80::1', { lifetime: 0 }), 1), true);
  assert.equal(table.hear('n', from('fe80::1', { lifetime: 0 }), 2), false);
  assert.deepEqual(names(table, 3), []);
});

test('another preference is news', () => {
  const table = new HeardTable();
  table.hear('n', from('fe80::1'), 0);
  assert.equal(table.hear('n', from('fe80::1', { preference: 'high' }), 1), true);
  assert.deepEqual(table.on('n', 2), [{ address: Address.parse('fe80::1'), preference: 'high' }]);
});

test('whoever claims to be many routers fills no more than sixteen places', () => {
  const table = new HeardTable();
  for (let index = 1; index <= 500; index++) table.hear('n', from(`fe80::${index.toString(16)}`), 0);
  assert.equal(table.on('n', 1).length, 16);
  table.hear('n', from('fe80::1', { lifetime: 0 }), 2);
  assert.equal(table.hear('n', from('fe80::ffff'), 3), true, 'there is room again');
});
