import assert from 'node:assert/strict';
import { test } from 'node:test';
import { port } from '../resources/port/definition.ts';
import { auditedChanges } from './audit.ts';

const ordinary = {
  name: 'a',
  device_role: 'host',
  allowed_address_pairs: [],
  delegated_prefixes: [],
  address_policy: null,
  port_security_enabled: true,
};

test('an audited attribute that changes is told with both values', () => {
  assert.deepEqual(auditedChanges(port, ordinary, { ...ordinary, name: 'b', device_role: 'router' }), {
    device_role: { from: 'host', to: 'router' },
  });
});

test('what stays, and what a new resource has by default, is not worth a word', () => {
  assert.deepEqual(auditedChanges(port, ordinary, { ...ordinary, name: 'b' }), {});
  assert.deepEqual(auditedChanges(port, undefined, ordinary), {});
});

test('a new resource is compared with the defaults', () => {
  const pairs = [{ ip_address: 'fd00::/64' }];
  assert.deepEqual(auditedChanges(port, undefined, { ...ordinary, allowed_address_pairs: pairs }), {
    allowed_address_pairs: { from: [], to: pairs },
  });
});
