import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { startTestApi } from '../../test/support/api.ts';
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

test('a new resource is compared with what is usual', () => {
  assert.deepEqual(auditedChanges(port, undefined, { ...ordinary, port_security_enabled: false }), {
    port_security_enabled: { from: true, to: false },
  });
  const pairs = [{ ip_address: 'fd00::/64' }];
  assert.deepEqual(auditedChanges(port, undefined, { ...ordinary, allowed_address_pairs: pairs }), {
    allowed_address_pairs: { from: [], to: pairs },
  });
});

test('who did it is told, as far as it is known', async (t) => {
  const lines: { audit?: { by: object; changes: object } }[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const api = await startTestApi(undefined, { log });
  t.after(() => api.close());
  const member = { 'x-project-id': 'violet', 'x-roles': 'member', 'x-user-id': 'alice' };
  const network = await api.make('network', {}, member);
  await api.make('port', { network_id: network.id, port_security_enabled: false }, member);
  const [told, ...others] = lines.flatMap(({ audit }) => audit ?? []);
  assert.deepEqual(others, []);
  assert.deepEqual(told?.by, { user: 'alice', project: 'violet', admin: false });
  assert.deepEqual(told?.changes, { port_security_enabled: { from: true, to: false } });
});
