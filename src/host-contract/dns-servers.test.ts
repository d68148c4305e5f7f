import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address } from '../addressing/index.ts';
import { dnsServersOf } from './dns-servers.ts';

const told = (advertised: boolean, ...subnets: string[][]) =>
  dnsServersOf(
    subnets.map((texts) => ({ servers: texts.map((text) => Address.parse(text)) })),
    advertised,
  ).map(String);

test('those of the subnets, each once', () => {
  assert.deepEqual(told(true, ['fd00::53', '10.0.0.53'], ['fd00::54', 'fd00::53']), ['fd00::53', 'fd00::54']);
});

test('the host’s own where none is named, and it is on-link', () => {
  assert.deepEqual(told(true, [], ['10.0.0.53']), ['fd00:a9fe:a9fe::254']);
  assert.deepEqual(told(false, []), []);
});

test('the unspecified address means none', () => {
  assert.deepEqual(told(true, ['::']), []);
  assert.deepEqual(told(true, ['::'], ['fd00::53']), ['fd00::53']);
});
