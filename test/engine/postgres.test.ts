import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Northbound } from '../../src/engine/northbound/northbound.ts';
import { openStore } from '../../src/service/open-store.ts';
import { afterwards } from '../support/afterwards.ts';
import { startTestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { log, TestServer } from '../support/ovsdb-server.ts';
import { type PrivatePostgres, startPostgres } from '../support/postgres.ts';

let postgres: PrivatePostgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

test('what another process commits to PostgreSQL is heard of at once', async (t) => {
  const url = await postgres.newDatabase();
  const api = await startTestApi(url);
  afterwards(t, () => api.close());
  const store = await openStore({ url, log });
  afterwards(t, () => store.close());
  const server = await TestServer.northbound(t);
  const northbound = await Northbound.start({
    store,
    remote: server.remote,
    settings: { packetTooBigBelow: 1422 },
    // Longer than the test may take: nothing is found by looking.
    pollMs: 600_000,
    log,
  });
  afterwards(t, () => northbound.stop());

  const network = await api.make('network', {});
  const subnet = await api.make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00::/64' });
  const router = await api.make('router', {});
  await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id });
  const ports = await Promise.all(
    Array.from({ length: 50 }, () => api.make('port', { network_id: network.id })),
  );
  await northbound.settled();
  const names = () =>
    server
      .nbctl('--bare', '--columns=name', 'find', 'Logical_Switch_Port', 'type=""')
      .split('\n')
      .filter(Boolean);
  assert.deepEqual(names().sort(), ports.map(({ id }) => String(id)).sort());
  assert.match(server.nbctl('show'), new RegExp(`router .*neutron-${router.id}`));

  server.nbctl('set', 'Logical_Switch_Port', String(ports[0]?.id), 'up=true');
  await eventually('one port is active', async () => {
    const { body } = await api.call('GET', `/v2.0/ports?status=ACTIVE`);
    return (body.ports as unknown[]).length === 1;
  });
  await northbound.reconciler.audit();
  for (const { id } of ports) await api.call('DELETE', `/v2.0/ports/${id}`);
  await northbound.settled();
  assert.deepEqual(names(), []);
  assert.deepEqual(northbound.reconciler.failures, []);
});
