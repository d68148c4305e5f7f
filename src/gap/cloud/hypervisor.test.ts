import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostOfSwitch, NotAHostError } from './hypervisor.ts';

const host = { names: ['node-1.example', 'chassis-1', 'node-1'], bridges: new Map<string, string>() };

test('a host goes by the name that the cloud has an agent of', () => {
  assert.equal(hostOfSwitch(host, [{ host: 'node-2' }, { host: 'chassis-1' }]), 'chassis-1');
});

test('where agents are not told of, by the one that the switch was set up with', () => {
  assert.equal(hostOfSwitch(host, []), 'node-1.example');
});

test('a host that the cloud does not have is an error that names both', () => {
  assert.throws(() => hostOfSwitch(host, [{ host: 'node-2' }]), NotAHostError);
});
