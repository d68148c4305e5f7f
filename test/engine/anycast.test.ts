/** From what hosts find of anycast members to the routes in the northbound database. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Northbound } from '../../src/engine/northbound/northbound.ts';
import { ServerChannel } from '../../src/host/server-channel.ts';
import { startHostApi } from '../../src/service/host-api.ts';
import { HostMetrics } from '../../src/service/host-metrics.ts';
import { afterwards } from '../support/afterwards.ts';
import { type Body, startTestApi, type TestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { settings as apiSettings } from '../support/operations.ts';
import { log, TestServer } from '../support/ovsdb-server.ts';
import { temporaryStateDir } from './embedded/support.ts';

const ANYCAST = 'fd99::1';

interface Rig {
  readonly api: TestApi;
  readonly server: TestServer;
  readonly northbound: Northbound;
  readonly router: Body;
  /** Two ports on a network of the router. */
  readonly ports: [string, string];
  readonly addresses: [string, string];
  /** Has a host say what it found. Returns the status of the answer. */
  tell(body: object): Promise<number>;
}

async function start(t: TestContext): Promise<Rig> {
  const api = await startTestApi();
  afterwards(t, () => api.close());
  const server = await TestServer.northbound(t);
  const settings = { packetTooBigBelow: 1422 };
  const northbound = await Northbound.start({
    store: api.store,
    remote: server.remote,
    settings,
    log,
  });
  afterwards(t, () => northbound.stop());
  const socket = join(temporaryStateDir(t), 'host-api.sock');
  const shared = { store: api.store, settings: apiSettings, hostMetrics: new HostMetrics() };
  const hostApi = await startHostApi({ ...shared, socket, log });
  afterwards(t, () => hostApi.close());
  const channel = new ServerChannel(socket);

  const network = await api.make('network', {});
  const modes = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
  const subnet = await api.make('subnet', {
    network_id: network.id,
    ip_version: 6,
    cidr: 'fd01::/64',
    ...modes,
  });
  const router = await api.make('router', {});
  await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id });
  const made = [
    await api.make('port', { network_id: network.id }),
    await api.make('port', { network_id: network.id }),
  ];
  await northbound.settled();
  for (const { id } of made) server.nbctl('set', 'Logical_Switch_Port', String(id), 'up=true');
  await eventually('all ports are active', async () => {
    const { body } = await api.call('GET', '/v2.0/ports?status=ACTIVE');
    return body.ports?.length === made.length;
  });
  return {
    ...{ api, server, northbound, router },
    ports: made.map(({ id }) => String(id)) as [string, string],
    addresses: made.map(({ fixed_ips }) => String(fixed_ips?.[0]?.ip_address)) as [string, string],
    async tell(body) {
      return (await channel.request({ method: 'POST', path: '/anycast-health', body })).status;
    },
  };
}

const make = ({ api, router }: Rig, ports: readonly string[], address = ANYCAST) =>
  api.make('anycast_address', { router_id: router.id, address, port_ids: ports });

/** The next hops of the anycast address. */
const nextHops = ({ server }: Rig): string[] =>
  server
    .nbctl('--bare', '--columns=nexthop', 'find', 'Logical_Router_Static_Route', `ip_prefix="${ANYCAST}/128"`)
    .split('\n')
    .filter(Boolean)
    .sort();

const leadsTo = (rig: Rig, ...wanted: string[]) =>
  eventually(
    `the router leads to ${wanted}`,
    () => JSON.stringify(nextHops(rig)) === JSON.stringify([...wanted].sort()),
  );

test('the router leads to the members that hosts find healthy, and to all that are up while there are none', async (t) => {
  const rig = await start(t);
  const { api, ports, addresses, tell, northbound } = rig;
  const { id } = await make(rig, ports);
  await leadsTo(rig, ...addresses);
  assert.equal(await tell({ id, port_id: ports[0], healthy: true }), 204);
  await leadsTo(rig, addresses[0]);
  assert.equal(await tell({ id, port_id: ports[1], healthy: true }), 204);
  await leadsTo(rig, ...addresses);
  await tell({ id, port_id: ports[0], healthy: false });
  await leadsTo(rig, addresses[1]);
  const { body } = await api.call('GET', `/v2.0/anycast-addresses/${id}`);
  const members = ports.map((port_id, index) => ({ port_id, status: ['DOWN', 'ACTIVE'][index] }));
  assert.deepEqual(
    body.anycast_address?.members,
    members.sort((a, b) => (a.port_id < b.port_id ? -1 : 1)),
  );
  await tell({ id, port_id: ports[1], healthy: false });
  await leadsTo(rig, ...addresses);

  rig.server.nbctl('set', 'Logical_Switch_Port', ports[0], 'up=false');
  await leadsTo(rig, addresses[1]);
  await api.call('DELETE', `/v2.0/ports/${ports[1]}`);
  await leadsTo(rig);
  await northbound.settled();
});

test('what no host could say is refused', async (t) => {
  const rig = await start(t);
  const { ports, tell } = rig;
  const { id } = await make(rig, [ports[0]]);
  assert.equal(await tell({ id, port_id: ports[1], healthy: true }), 404);
  assert.equal(await tell({ id, port_id: ports[0] }), 400);
  assert.equal(await tell({ id, port_id: ports[0], healthy: 'perhaps' }), 400);
});

test('members may use the address as a source as long as they are members', async (t) => {
  const rig = await start(t);
  const { api, ports, northbound, server } = rig;
  const sources = async (port: string): Promise<boolean> => {
    await northbound.settled();
    return server
      .nbctl('--bare', '--columns=port_security', 'list', 'Logical_Switch_Port', port)
      .includes(ANYCAST);
  };
  const { id } = await make(rig, [ports[0]]);
  assert.deepEqual([await sources(ports[0]), await sources(ports[1])], [true, false]);
  await api.call('PUT', `/v2.0/anycast-addresses/${id}`, { anycast_address: { port_ids: [ports[1]] } });
  assert.deepEqual([await sources(ports[0]), await sources(ports[1])], [false, true]);
  await api.call('DELETE', `/v2.0/anycast-addresses/${id}`);
  assert.deepEqual([await sources(ports[0]), await sources(ports[1])], [false, false]);
  assert.deepEqual(nextHops(rig), []);
});

test('what a member’s health costs does not grow with the anycast addresses of its router', async (t) => {
  const rig = await start(t);
  const { ports, northbound, tell } = rig;
  const { id } = await make(rig, ports);
  const cost = async (healthy: boolean): Promise<number> => {
    await northbound.settled();
    const before = northbound.reconciler.counters.units;
    await tell({ id, port_id: ports[0], healthy });
    await northbound.settled();
    return northbound.reconciler.counters.units - before;
  };
  assert.equal(await cost(true), 1);
  for (let number = 2; number < 40; number++) await make(rig, ports, `fd99::${number.toString(16)}`);
  assert.equal(await cost(false), 1);
  assert.equal(await cost(false), 0, 'no change, no work');
});
