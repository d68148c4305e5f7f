import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startTestApi } from '../../test/support/api.ts';
import { eventually } from '../../test/support/eventually.ts';
import { settings } from '../../test/support/operations.ts';
import { quiet } from '../../test/support/stores.ts';
import { PastGuardReporter } from '../host/past-guard-reporter.ts';
import { ServerChannel } from '../host/server-channel.ts';
import { setPortStatus } from '../resources/index.ts';
import { startHostApi } from './host-api.ts';
import { HostMetrics } from './host-metrics.ts';

test('the owner of a port that is plugged in past the guard is told, until it is plugged in rightly', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-past-'));
  const api = await startTestApi();
  const socket = join(directory, 'socket');
  const hostApi = await startHostApi({
    store: api.store,
    settings,
    hostMetrics: new HostMetrics(),
    socket,
    log: quiet,
  });
  const network = await api.make('network', {});
  const make = async () => String((await api.make('port', { network_id: network.id })).id);
  const [port, other] = [await make(), await make()];
  /** The interfaces of OVN's bridge, and who follows them. */
  let plugged: Record<string, string>[] = [];
  let changed = () => {};
  const database = {
    interfacesOn: () => plugged.map((pairs) => ({ external_ids: new Map(Object.entries(pairs)) })) as never,
    onChange: (listener: () => void) => {
      changed = listener;
      return () => {};
    },
  };
  const reporter = new PastGuardReporter(database, new ServerChannel(socket), quiet);
  t.after(async () => {
    await reporter.stop();
    await hostApi.close();
    await api.close();
    rmSync(directory, { recursive: true });
  });
  const plug = (...rows: Record<string, string>[]): void => {
    plugged = rows;
    changed();
  };
  const reasonOf = async (id: string) =>
    (await api.call('GET', `/v2.0/ports/${id}`)).body.port?.status_reason as string | null;

  assert.equal(await reasonOf(port), null);
  plug(
    { 'iface-id': port },
    { 'iface-id': other, 'sextant:port': other },
    { 'iface-id': 'svc-n1' },
    { 'iface-id': '00000000-0000-4000-8000-000000000000' },
  );
  await eventually('its owner is told', async () =>
    /past the guard.*br-vif/.test(String(await reasonOf(port))),
  );
  assert.equal(await reasonOf(other), null);
  await api.store.transaction((tx) => setPortStatus(tx, [port], 'ACTIVE'));
  assert.equal(await reasonOf(port), null, 'it works elsewhere');
  await api.store.transaction((tx) => setPortStatus(tx, [port], 'DOWN'));
  plug({ 'iface-id': other, 'sextant:unguarded': 'true' });
  await eventually('it is not any more', async () => (await reasonOf(port)) === null);
  assert.equal(await reasonOf(other), null, 'it is there on purpose');
});
