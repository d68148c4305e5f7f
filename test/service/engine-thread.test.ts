/** The engine in a thread of its own, beside the API that it follows. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { Registry } from '../../src/metrics/index.ts';
import { EngineThread } from '../../src/service/engine-thread.ts';
import { afterwards } from '../support/afterwards.ts';
import { startTestApi, type TestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { log, TestServer, temporaryDirectory } from '../support/ovsdb-server.ts';
import { startPostgres } from '../support/postgres.ts';
import { newSqliteDatabase } from '../support/stores.ts';

interface Rig {
  readonly api: TestApi;
  readonly server: TestServer;
  readonly metrics: Registry;
  start(signal?: AbortSignal): Promise<EngineThread>;
}

async function prepare(t: TestContext, url?: string): Promise<Rig> {
  const storeUrl = url ?? (await newSqliteDatabase(join(temporaryDirectory(t), 'store.db')));
  const api = await startTestApi(storeUrl);
  afterwards(t, () => api.close());
  const server = await TestServer.northbound(t);
  const metrics = new Registry();
  const start = (signal?: AbortSignal) =>
    EngineThread.start({
      ...{ store: api.store, storeUrl, metrics, log, signal },
      ...{ remote: server.remote, tls: undefined },
      settings: { packetTooBigBelow: 1422 },
    });
  return { api, server, metrics, start };
}

test('what is committed here is in OVN, and what comes up there is in the store', async (t) => {
  const { api, server, metrics, start } = await prepare(t);
  const thread = await start();
  afterwards(t, () => thread.stop());
  const network = await api.make('network', {});
  const { id } = await api.make('port', { network_id: network.id });
  await thread.settled();
  assert.match(server.nbctl('lsp-get-addresses', String(id)), /fe80::/);

  server.nbctl('set', 'Logical_Switch_Port', String(id), 'up=true');
  await eventually('the port is up', async () => {
    const { body } = await api.call('GET', `/v2.0/ports/${id}`);
    return body.port?.status === 'ACTIVE';
  });

  const { role, waiting, counters } = await thread.status();
  assert.deepEqual([role, waiting], ['acting', 0]);
  const families = await metrics.read();
  const transactions = families.find(({ name }) => name === 'sextant_engine_transactions_total');
  assert.equal(transactions?.samples[0]?.value, counters.transactions);
});

test('who reads the metrics at the same time as others has all of them', async (t) => {
  const { metrics, start } = await prepare(t);
  const thread = await start();
  afterwards(t, () => thread.stop());
  const gate = Promise.withResolvers<void>();
  let reads = 0;
  metrics.beforeRead(() => (reads++ === 0 ? gate.promise : undefined));
  const first = metrics.read();
  // When this is answered, so is what the first asked of the engine.
  await metrics.read();
  const third = metrics.read();
  gate.resolve();
  for (const families of await Promise.all([first, third]))
    assert.ok(families.some(({ name }) => name === 'sextant_engine_transactions_total'));
});

test('who reads the metrics does not wait until the engine gets to answer', async (t) => {
  const postgres = await startPostgres();
  afterwards(t, () => postgres.stop());
  const url = await postgres.newDatabase();
  const { api, metrics, start } = await prepare(t, url);
  const thread = await start();
  afterwards(t, () => thread.stop());
  const locker = new pg.Client({ connectionString: url });
  await locker.connect();
  afterwards(t, () => locker.end());
  await locker.query('begin; lock table networks');
  // Given up when the store no longer waits for the lock, as is what the engine asks.
  const network = api.store.read.selectFrom('networks').select('id').execute();
  const stuck = network.then(
    () => undefined,
    () => undefined,
  );
  const families = await Promise.race([metrics.read(), stuck]);
  assert.ok(families, 'the metrics come first');
  assert.ok(!families.some(({ name }) => name.startsWith('sextant_engine_')));
  await locker.query('rollback');
  await stuck;
});

test('a start is given up, and a northbound database that hangs keeps nobody from stopping', async (t) => {
  const { api, server, metrics, start } = await prepare(t);
  const thread = await start();
  const network = await api.make('network', {});
  await thread.settled();
  server.pause();
  await api.make('port', { network_id: network.id });
  const giveUp = new AbortController();
  const second = start(giveUp.signal);
  giveUp.abort();
  await assert.rejects(second);
  await thread.stop();
  await thread.stop();
  await assert.rejects(thread.status(), /has stopped/);
  const names = (await metrics.read()).map(({ name }) => name);
  assert.ok(!names.some((name) => name.startsWith('sextant_engine_')), 'nobody counts any more');
});
