import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Capabilities, lackOf, unrecognised } from './capabilities.ts';

const neutron = new Capabilities({
  absent: new Set(['instance']),
  refused: new Map([['port', new Set(['address_policy'])]]),
  owner: 'tenant_id',
});

test('attributes that an API does not take are not sent, and the owner is where it must be', () => {
  const wish = { network_id: 'n', address_policy: 'strict' } as const;
  assert.deepEqual(neutron.fit('port', wish, 'red'), { network_id: 'n', tenant_id: 'red' });
  assert.deepEqual(Capabilities.whole.fit('port', wish, 'red'), wish);
});

test('resources and attributes are there, or are named as what is lacking', () => {
  assert.ok(neutron.has('port'));
  assert.ok(neutron.has('port.mac_address'));
  assert.ok(!neutron.has('port.address_policy'));
  assert.ok(!neutron.has('instance'));
  assert.ok(!neutron.has('instance.name'));
  assert.equal(lackOf('instance'), 'The API has no instances.');
  assert.equal(lackOf('anycast_address'), 'The API has no anycast addresses.');
  assert.equal(lackOf('port.address_policy'), 'Ports have no address_policy there.');
});

test('a refusal names what it does not know, in either spelling', () => {
  assert.deepEqual(unrecognised("Unrecognized attribute(s) 'dns, binding:x'"), new Set(['dns', 'binding:x']));
  assert.deepEqual(unrecognised("Unrecognized attribute(s) 'dns', 'x'"), new Set(['dns', 'x']));
  assert.equal(unrecognised('Invalid input for cidr.'), undefined);
});
