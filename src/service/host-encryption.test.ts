import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestApi } from '../../test/support/api.ts';
import { CAN_ENCRYPT } from '../host-contract/index.ts';
import { insertHost } from '../resources/agent/heartbeat.ts';
import { ConfigurationError } from './configuration.ts';
import { requireEncryptableHosts } from './host-encryption.ts';

test('a service that is to have tunnels encrypted does not start while a host cannot have it so', async (t) => {
  const api = await startTestApi();
  t.after(() => api.close());
  const { store } = api;
  const make = (host: string, configurations: object, serial: string | undefined = host) =>
    store.transaction(async (tx) =>
      insertHost(tx, { host, chassis: host, configurations: { ...configurations } }, '2026-11-30T00:00:00Z', {
        ...(serial !== undefined && { certificate: { serial, until: '2027-01-30T00:00:00Z' } }),
      }),
    );
  await requireEncryptableHosts(store);
  await make('able', { devices: 0, ipsec: CAN_ENCRYPT });
  await make('just-joined', {});
  await requireEncryptableHosts(store);
  await make('in-userspace', { devices: 0, ipsec: 'its switch has the datapath in userspace' });
  await make('old', { devices: 0 });
  await assert.rejects(
    requireEncryptableHosts(store),
    (error) =>
      error instanceof ConfigurationError &&
      /in-userspace \(its switch.*\); old \(its release/.test(error.message) &&
      !/able|joined/.test(error.message.replaceAll('cannot', '').split(':')[1]!.split('.')[0]!),
  );
});
