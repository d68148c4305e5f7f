/** PostgreSQL that goes away, comes back, ends connections, or is kept waiting. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { openStore } from '../../src/service/open-store.ts';
import { StoreUnavailableError } from '../../src/store/index.ts';
import { afterwards } from '../support/afterwards.ts';
import { startTestApi } from '../support/api.ts';
import { startApiProcess } from '../support/api-processes.ts';
import { eventually } from '../support/eventually.ts';
import { type PrivatePostgres, startPostgres } from '../support/postgres.ts';
import { quiet } from '../support/stores.ts';

let postgres: PrivatePostgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

test('connections that the server ends cost no process its life, and no answer that was given', async (t) => {
  const url = await postgres.newDatabase();
  const api = await startApiProcess(url);
  afterwards(t, api.stop);
  const administrator = new pg.Client({ connectionString: url });
  await administrator.connect();
  afterwards(t, () => administrator.end());
  const made = new Set<string>();
  for (let round = 0; round < 10; round++) {
    const requests = Array.from({ length: 8 }, () => api.call('POST', '/v2.0/networks', { network: {} }));
    await administrator.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'sextant %'`,
    );
    for (const { status, body } of await Promise.all(requests)) {
      assert.ok(status === 201 || status === 503, JSON.stringify(body));
      if (status === 201) made.add(String(body.network?.id));
    }
  }
  await eventually(
    'requests are served',
    async () => (await api.call('GET', '/v2.0/networks')).status === 200,
  );
  const { body } = await api.call('GET', '/v2.0/networks?fields=id');
  const ids = new Set((body.networks as unknown as { id: string }[]).map(({ id }) => id));
  assert.ok(made.size > 0);
  assert.deepEqual(made.difference(ids), new Set());
  assert.equal(api.process.exitCode, null);
});

test('while the database is away requests are told to come back, and a start waits', async (t) => {
  const url = await postgres.newDatabase();
  const api = await startTestApi(url);
  afterwards(t, api.close);
  await api.make('network', {});
  await postgres.crash();
  const waiting = openStore({ url, log: quiet });
  const impatient = new AbortController();
  const givenUp = openStore({ url, log: quiet, signal: impatient.signal });
  await assert.rejects(
    api.store.transaction(async () => undefined),
    StoreUnavailableError,
  );
  for (const [method, body] of [['GET', undefined] as const, ['POST', { network: {} }] as const]) {
    const answer = await api.call(method, '/v2.0/networks', body);
    assert.equal(answer.status, 503);
    assert.equal(answer.headers['retry-after'], '1');
    assert.match(JSON.stringify(answer.body), /database does not answer/);
  }
  impatient.abort(new Error('enough'));
  await assert.rejects(givenUp, /enough/);
  await postgres.restart();
  const store = await waiting;
  afterwards(t, () => store.close());
  await eventually(
    'it is served again',
    async () => (await api.call('GET', '/v2.0/networks')).status === 200,
  );
  await api.make('network', {});
});

test('commits of others are heard of, also after the database was away', async (t) => {
  const url = await postgres.newDatabase();
  const [one, other] = [await openStore({ url, log: quiet }), await openStore({ url, log: quiet })];
  for (const store of [one, other]) afterwards(t, () => store.close());
  let heard = 0;
  other.onChange(() => heard++);
  const oneMore = async (what: string, act: () => Promise<unknown>) => {
    const before = heard;
    await act();
    await eventually(what, () => heard > before);
  };
  const commit = () =>
    one.transaction(async (tx) => tx.record({ resource: 'port', id: 'p', attributes: undefined, links: {} }));
  await oneMore('it is heard of', commit);
  await oneMore('what may have been missed is to be looked for', async () => {
    await postgres.crash();
    await postgres.restart();
  });
  await oneMore('it is heard of', commit);
});

test('a process that stands still in a transaction does not stop the others for long', async (t) => {
  const url = await postgres.newDatabase();
  const [one, other] = [await openStore({ url, log: quiet }), await openStore({ url, log: quiet })];
  for (const store of [one, other]) afterwards(t, () => store.close());
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const key = (value: string) => ({ key: value, value: '' });
  const stopped = one.transaction(async ({ db }) => {
    await db.insertInto('meta').values(key('stopped')).execute();
    begun.resolve();
    await goOn.promise;
    await db.insertInto('meta').values(key('stopped, too')).execute();
  });
  await begun.promise;
  await other.transaction(({ db }) => db.insertInto('meta').values(key('other')).execute());
  goOn.resolve();
  // It was undone, and runs again.
  await stopped;
  const rows = await other.read.selectFrom('meta').select('key').orderBy('key').execute();
  assert.deepEqual(
    rows.map((row) => row.key),
    ['other', 'stopped', 'stopped, too', 'store_id'],
  );
});

test('tables that a newer program changes are read and written all the same', async (t) => {
  const url = await postgres.newDatabase();
  const store = await openStore({ url, log: quiet });
  afterwards(t, () => store.close());
  const { read } = store;
  const all = (db: typeof read) => db.selectFrom('meta').selectAll().where('key', '!=', '').execute();
  for (let use = 0; use < 3; use++) {
    await store.transaction(({ db }) => all(db));
    await all(read);
  }
  const newer = new pg.Client({ connectionString: url });
  await newer.connect();
  await newer.query('alter table meta add column extra text');
  await newer.end();
  assert.equal((await store.transaction(({ db }) => all(db))).length, 1);
  await eventually('it is read', async () => (await all(read)).length === 1);
});

test('what is read waits for no transaction, and writes nothing', async (t) => {
  const url = await postgres.newDatabase();
  const store = await openStore({ url, log: quiet });
  afterwards(t, () => store.close());
  await store.transaction(async () => {
    assert.equal((await store.read.selectFrom('meta').selectAll().execute()).length, 1);
    await assert.rejects(store.read.deleteFrom('meta').execute());
  });
});
