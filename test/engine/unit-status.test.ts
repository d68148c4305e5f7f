/** Storyboard: what cannot be brought into OVN says so in the API, costs nobody else, and is well again by itself. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Northbound } from '../../src/engine/northbound/northbound.ts';
import { port } from '../../src/resources/port/definition.ts';
import { recordChange } from '../../src/resources/repository.ts';
import { afterwards } from '../support/afterwards.ts';
import { type Body, startTestApi, type TestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { log, TestServer } from '../support/ovsdb-server.ts';

interface Status {
  readonly status: string;
  readonly reason: string | null;
}

async function follow(t: TestContext, api: TestApi, server: TestServer): Promise<Northbound> {
  const northbound = await Northbound.start({
    store: api.store,
    remote: server.remote,
    settings: { packetTooBigBelow: 1422 },
    pollMs: 50,
    log,
  });
  afterwards(t, () => northbound.stop());
  return northbound;
}

/** What the API says of a resource's status. */
async function statusOf(api: TestApi, name: 'network' | 'port' | 'router', id: string): Promise<Status> {
  const { body } = await api.call('GET', `/v2.0/${name}s/${id}`);
  const { status, status_reason: reason } = body[name] as unknown as Record<string, string | null>;
  return { status: String(status), reason: reason ?? null };
}

const becomes = (api: TestApi, name: 'network' | 'port' | 'router', id: string, status: string) =>
  eventually(`the ${name} is ${status}`, async () => (await statusOf(api, name, id)).status === status);

/** Changes a port's row as a bug or a hand would, with or without a word in the journal. */
const damage = (api: TestApi, id: string, mac: string, inJournal: boolean): Promise<void> =>
  api.store.transaction(async (tx) => {
    const row = await tx.db
      .updateTable('ports')
      .set({ mac_address: mac })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    if (inJournal) recordChange(tx, port, row, ['mac_address']);
  });

const failuresIn = (api: TestApi) => api.store.read.selectFrom('unit_failures').selectAll().execute();

const addressesIn = (server: TestServer, portId: string): string =>
  server.nbctl('--bare', '--columns=addresses', 'list', 'Logical_Switch_Port', portId);

test('a port that cannot be read says so until it can, whoever reconciles meanwhile', async (t) => {
  const api = await startTestApi();
  afterwards(t, () => api.close());
  const server = await TestServer.northbound(t);
  let northbound = await follow(t, api, server);
  const network = await api.make('network', { name: 'n' });
  const made: Body[] = [];
  for (const name of ['bad', 'good']) made.push(await api.make('port', { network_id: network.id, name }));
  const [bad, good] = made.map(({ id }) => String(id)) as [string, string];
  const mac = String(made[0]!.mac_address);
  await northbound.settled();
  const before = addressesIn(server, bad);
  assert.deepEqual(await statusOf(api, 'port', bad), { status: 'DOWN', reason: null });

  await t.test('1. its row becomes garbage, and another port is made', async () => {
    await damage(api, bad, 'garbage', true);
    const { id } = await api.make('port', { network_id: network.id });
    await northbound.settled();
    await becomes(api, 'port', bad, 'ERROR');
    assert.ok(addressesIn(server, String(id)), 'others go on');
    assert.equal(addressesIn(server, bad), before, 'what was is left');
    const { reason } = await statusOf(api, 'port', bad);
    assert.match(String(reason), /^port \S+: mac_address: "garbage" is not a MAC address: /);
    assert.deepEqual(await statusOf(api, 'port', good), { status: 'DOWN', reason: null });
    assert.deepEqual(await statusOf(api, 'network', String(network.id)), { status: 'ACTIVE', reason: null });
    const { body } = await api.call('GET', '/v2.0/ports?status=ERROR&fields=id&fields=status_reason');
    assert.deepEqual(body.ports, [{ id: bad, status_reason: reason }]);
  });

  await t.test('2. the reconciler tells of it', async () => {
    const { role, position, journalEnd, failures } = await northbound.reconciler.status();
    assert.equal(role, 'acting');
    assert.ok(position !== undefined && position <= journalEnd!);
    assert.deepEqual(
      failures?.map(({ unit }) => unit),
      [`port/${bad}`],
    );
    const [{ since, attempts, reason }] = failures as [NonNullable<typeof failures>[number]];
    assert.ok(Date.now() - since < 60_000 && attempts >= 1);
    assert.match(reason, /garbage/);
  });

  await t.test('3. its instance comes up: the status of others follows, its own stays', async () => {
    for (const id of [bad, good]) server.nbctl('set', 'Logical_Switch_Port', id, 'up=true');
    await becomes(api, 'port', good, 'ACTIVE');
    assert.equal((await statusOf(api, 'port', bad)).status, 'ERROR');
  });

  await t.test('4. another process takes over: nothing is written anew', async () => {
    const kept = await failuresIn(api);
    await northbound.stop();
    northbound = await follow(t, api, server);
    await northbound.reconciler.audit();
    assert.deepEqual(
      northbound.reconciler.failures.map(({ unit }) => unit),
      [`port/${bad}`],
    );
    assert.deepEqual(await failuresIn(api), kept);
    assert.equal((await statusOf(api, 'port', bad)).status, 'ERROR');
  });

  await t.test('5. it is mended while nobody reconciles: who begins to finds out', async () => {
    await northbound.stop();
    await damage(api, bad, mac, false);
    northbound = await follow(t, api, server);
    await becomes(api, 'port', bad, 'ACTIVE');
    assert.deepEqual(await statusOf(api, 'port', bad), { status: 'ACTIVE', reason: null });
    assert.deepEqual(await failuresIn(api), []);
  });

  await t.test('6. it becomes garbage, goes down, and is mended without a word', async () => {
    await damage(api, bad, 'garbage', true);
    await becomes(api, 'port', bad, 'ERROR');
    server.nbctl('set', 'Logical_Switch_Port', bad, 'up=false');
    await damage(api, bad, mac, false);
    await becomes(api, 'port', bad, 'DOWN');
    assert.deepEqual(northbound.reconciler.failures, []);
  });

  await t.test('7. it is deleted while it has failed', async () => {
    await damage(api, bad, 'garbage', true);
    await becomes(api, 'port', bad, 'ERROR');
    await api.call('DELETE', `/v2.0/ports/${bad}`);
    await eventually('no failure is kept', async () => (await failuresIn(api)).length === 0);
    assert.equal(northbound.reconciler.failures.length, 0);
  });
});

test('a network and a router say so too, and what needs the network says that', async (t) => {
  const api = await startTestApi();
  afterwards(t, () => api.close());
  const server = await TestServer.northbound(t);
  const northbound = await follow(t, api, server);
  const router = String((await api.make('router', {})).id);
  await northbound.settled();

  await t.test('1. a route of the router becomes garbage', async () => {
    const routes = JSON.stringify([{ destination: 'garbage', nexthop: 'fd00::1' }]);
    await api.store.transaction(({ db }) =>
      db.updateTable('routers').set({ routes }).where('id', '=', router).execute(),
    );
    await api.call('PUT', `/v2.0/routers/${router}`, { router: { admin_state_up: false } });
    await becomes(api, 'router', router, 'ERROR');
    assert.match(String((await statusOf(api, 'router', router)).reason), /routes: "garbage" is not /);
    await api.call('PUT', `/v2.0/routers/${router}`, { router: { routes: [] } });
    await becomes(api, 'router', router, 'ACTIVE');
    assert.deepEqual(await statusOf(api, 'router', router), { status: 'ACTIVE', reason: null });
  });

  await t.test('2. a network cannot be read from the start; its port has nowhere to be', async () => {
    const network = String((await api.make('network', {})).id);
    const retired = { network_id: network, prefix: 'garbage', expires_at: '2001-01-01T00:00:00Z' };
    await api.store.transaction(({ db }) => db.insertInto('retired_prefixes').values(retired).execute());
    const onIt = String((await api.make('port', { network_id: network })).id);
    await api.call('PUT', `/v2.0/networks/${network}`, { network: { mtu: 1400 } });
    for (const [name, id] of [
      ['network', network],
      ['port', onIt],
    ] as const) {
      await becomes(api, name, id, 'ERROR');
      assert.match(
        String((await statusOf(api, name, id)).reason),
        /^retired prefix of network \S+: prefix: /,
      );
    }
    await api.store.transaction(({ db }) => db.deleteFrom('retired_prefixes').execute());
    await becomes(api, 'network', network, 'ACTIVE');
    await becomes(api, 'port', onIt, 'DOWN');
    assert.ok(addressesIn(server, onIt));
  });
});

test('who stands by knows the failures of the one who acts, and how far it is', async (t) => {
  const api = await startTestApi();
  afterwards(t, () => api.close());
  const server = await TestServer.northbound(t);
  const first = await follow(t, api, server);
  const second = await follow(t, api, server);
  const network = await api.make('network', {});
  const id = String((await api.make('port', { network_id: network.id })).id);
  await damage(api, id, 'garbage', true);
  await becomes(api, 'port', id, 'ERROR');
  await Promise.all([first.settled(), second.settled()]);
  const { role, failures, waiting, oldestWaitingMs } = await second.reconciler.status();
  assert.deepEqual([role, failures?.map(({ unit }) => unit)], ['standing by', [`port/${id}`]]);
  await eventually('nothing waits', async () => (await second.reconciler.status()).waiting === 0);
  assert.ok(waiting !== undefined && (waiting > 0 || oldestWaitingMs === undefined));

  await server.kill();
  await eventually(
    'it is disconnected',
    async () => (await first.reconciler.status()).role === 'disconnected',
  );
  await api.make('network', {});
  await new Promise((resolve) => setTimeout(resolve, 100));
  const away = await first.reconciler.status();
  assert.ok(away.waiting! > 0);
  assert.ok(away.oldestWaitingMs! >= 90, `${away.oldestWaitingMs} ms`);
  await server.start();
  await Promise.all([first.settled(), second.settled()]);
  assert.equal((await first.reconciler.status()).oldestWaitingMs, undefined);
});
