import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startTestApi } from '../../test/support/api.ts';
import { settings } from '../../test/support/operations.ts';
import { quiet } from '../../test/support/stores.ts';
import { Address } from '../addressing/index.ts';
import { addressServerBy } from '../host/guard/address-reports.ts';
import { ServerChannel } from '../host/server-channel.ts';
import { startHostApi } from './host-api.ts';
import { HostMetrics } from './host-metrics.ts';

/**
 * The service with a port on a SLAAC network, and a host that may ask it.
 * @param chassis of the host, where there are others
 */
async function start(t: TestContext, chassis?: string) {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-host-api-'));
  const api = await startTestApi();
  const hostApi = await startHostApi({
    store: api.store,
    settings,
    hostMetrics: new HostMetrics(),
    socket: join(directory, 'socket'),
    chassis,
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
  return { api, post, server: addressServerBy(channel), port: String(id) };
}

const told = (portId: string, ...addresses: string[]) =>
  addresses.map((text) => ({ portId, address: Address.parse(text), origin: 'solicitation' }) as const);

test('what hosts report of an instance is shown at its port, and told to hosts that ask', async (t) => {
  const { api, server, port } = await start(t);
  const taken = told(port, 'fd01::abcd', 'fe80::1', 'fd02::1');
  const denied = await server.report({ taken, givenUp: [] });
  assert.deepEqual(
    denied.map(({ portId, address }) => `${portId} ${address}`),
    [`${port} fd02::1`],
    'it is in none of its prefixes',
  );
  const { body } = await api.call('GET', `/v2.0/ports/${port}`);
  const learned = body.port?.learned_addresses as object[];
  const since = '';
  assert.deepEqual(
    learned.map((one) => ({ ...one, since })),
    ['fd01::abcd', 'fe80::1'].map((ip_address) => ({ ip_address, origin: 'solicitation', since })),
  );
  const known = await server.remembered([port, '00000000-0000-4000-8000-000000000000']);
  assert.deepEqual(known.map(({ address }) => `${address}`).sort(), ['fd01::abcd', 'fe80::1']);
});

test('the host on the service’s machine does not speak for instances on others', async (t) => {
  const { api, server, port } = await start(t, 'local');
  await server.report({ taken: told(port, 'fd01::1'), givenUp: [] });
  const giveUp = async () => {
    await server.report({ taken: [], givenUp: told(port, 'fd01::1') });
    return (await server.remembered([port])).length;
  };
  await api.call('PUT', `/v2.0/ports/${port}`, { port: { 'binding:host_id': 'h2' } });
  assert.equal(await giveUp(), 1);
  await api.call('PUT', `/v2.0/ports/${port}`, { port: { 'binding:host_id': 'local' } });
  assert.equal(await giveUp(), 0);
});

test('members forget what an instance took, some or all of it, and add nothing', async (t) => {
  const { api, server, port } = await start(t);
  await server.report({ taken: told(port, 'fd01::1:1', 'fd01::1:2', 'fd01::1:3'), givenUp: [] });
  const put = async (learned_addresses: unknown) =>
    api.call('PUT', `/v2.0/ports/${port}`, { port: { learned_addresses } });
  const [first, second] = (await api.call('GET', `/v2.0/ports/${port}`)).body.port
    ?.learned_addresses as object[];
  const left = (await put([first, second])).body.port?.learned_addresses;
  assert.deepEqual(left, [first, second]);
  const { status, body } = await put([{ ...first, ip_address: 'fd01::1:9' }]);
  assert.equal(status, 400);
  assert.match(JSON.stringify(body), /learned_addresses\[0\].*fd01::1:9/);
  assert.deepEqual((await put([])).body.port?.learned_addresses, []);
  assert.deepEqual(await server.remembered([port]), []);
});

test('reports that make no sense are refused, and nothing changes', async (t) => {
  const { api, post, port } = await start(t);
  const one = { port_id: port, address: 'fd01::1', origin: 'traffic' };
  const bad = [
    { taken: [{ ...one, address: 'not an address' }], given_up: [] },
    { taken: [{ ...one, origin: 'somewhere' }], given_up: [] },
    { taken: Array(2_000).fill(one), given_up: [] },
    { taken: [one] },
    { given_up: [] },
    { taken: [{ address: 'fd01::1', origin: 'traffic' }], given_up: [] },
  ];
  for (const body of bad) assert.equal((await post(body)).status, 400, JSON.stringify(body).slice(0, 200));
  const { body } = await api.call('GET', `/v2.0/ports/${port}`);
  assert.deepEqual(body.port?.learned_addresses, []);
});
