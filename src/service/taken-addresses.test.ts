import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startTestApi } from '../../test/support/api.ts';
import { quiet } from '../../test/support/stores.ts';
import { Address } from '../addressing/index.ts';
import { reportsTo } from '../host/guard/address-reports.ts';
import { ServerChannel } from '../host/server-channel.ts';
import { startHostApi } from './host-api.ts';
import { HostMetrics } from './host-metrics.ts';

/** The service with a port on a SLAAC network, and a host that may ask it. */
async function start(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-host-api-'));
  const api = await startTestApi();
  const hostApi = await startHostApi({
    store: api.store,
    hostMetrics: new HostMetrics(),
    socket: join(directory, 'socket'),
    log: quiet,
  });
  t.after(async () => {
    await hostApi.close();
    await api.close();
    rmSync(directory, { recursive: true });
  });
  const network = await api.make('network', {});
  const slaac = { ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
  await api.make('subnet', { network_id: network.id, cidr: 'fd01::/64', ...slaac });
  const { id } = await api.make('port', { network_id: network.id });
  const channel = new ServerChannel(join(directory, 'socket'));
  const post = (body: unknown) => channel.request({ method: 'POST', path: '/taken-addresses', body });
  return { api, post, report: reportsTo(channel), port: String(id) };
}

test('what a host reports of an instance is shown at its port', async (t) => {
  const { api, report, port } = await start(t);
  await report(port, { taken: [Address.parse('fd01::abcd'), Address.parse('fe80::1')], given_up: [] });
  const { body } = await api.call('GET', `/v2.0/ports/${port}`);
  assert.deepEqual(body.port?.learned_addresses, ['fd01::abcd', 'fe80::1']);
});

test('reports that make no sense are refused, and nothing changes', async (t) => {
  const { api, post, report, port } = await start(t);
  const bad = [
    [{ port_id: port, taken: ['fd02::1'], given_up: [] }, 400],
    [{ port_id: port, taken: ['not an address'], given_up: [] }, 400],
    [{ port_id: port, taken: Array(200).fill('fd01::1'), given_up: [] }, 400],
    [{ port_id: port }, 400],
    [{ taken: ['fd01::1'], given_up: [] }, 400],
    [{ port_id: '00000000-0000-4000-8000-000000000000', taken: ['fd01::1'], given_up: [] }, 404],
  ] as const;
  for (const [body, status] of bad) assert.equal((await post(body)).status, status, JSON.stringify(body));
  await assert.rejects(report(port, { taken: [Address.parse('fd02::1')], given_up: [] }), /400: .*fd02::1/);
  const { body } = await api.call('GET', `/v2.0/ports/${port}`);
  assert.deepEqual(body.port?.learned_addresses, []);
});
