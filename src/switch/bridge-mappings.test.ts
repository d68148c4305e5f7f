import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OWN_DEVICE_MARK, reachedBridgesOf } from './bridge-mappings.ts';
import type { Interface } from './switch-database.ts';

const reached = (...devices: readonly Partial<Interface>[]): string[] => [
  ...reachedBridgesOf({
    setting: () => 'physnet1:br-ex',
    interfacesOn: () => devices.map((one) => ({ external_ids: new Map(), ...one })) as Interface[],
  }).keys(),
];

test('a physical network is reached while one of the devices of its bridge has a link', () => {
  const own = { type: 'internal', link_state: 'up' };
  const patch = { type: 'patch', link_state: 'up' };
  assert.deepEqual(reached(own, patch, { type: '', link_state: 'up' }), ['physnet1']);
  assert.deepEqual(reached(own, patch, { type: '', link_state: 'down' }), []);
  assert.deepEqual(reached({ type: '', link_state: 'down' }, { type: '', link_state: 'up' }), ['physnet1']);
});

test('so is one of which nothing is known', () => {
  assert.deepEqual(reached({ type: 'internal', link_state: 'down' }), ['physnet1']);
  assert.deepEqual(reached({ type: '', link_state: undefined }), ['physnet1']);
});

test('what a host has there for itself leads nowhere', () => {
  const own = { type: '', link_state: 'up', external_ids: new Map([[OWN_DEVICE_MARK, 'x']]) } as const;
  assert.deepEqual(reached(own, { type: '', link_state: 'down' }), []);
  assert.deepEqual(reached(own, { type: '', link_state: 'up' }), ['physnet1']);
});

test('who is plugged in there may be off', () => {
  const plugged = { type: '', link_state: 'down', external_ids: new Map([['iface-id', 'x']]) } as const;
  assert.deepEqual(reached(plugged), ['physnet1']);
  assert.deepEqual(reached(plugged, { type: '', link_state: 'down' }), []);
});
