import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Body, startTestApi, type TestApi } from '../../test/support/api.ts';
import { eventually } from '../../test/support/eventually.ts';
import { serve } from '../../test/support/http-server.ts';
import { quiet } from '../../test/support/stores.ts';
import { Registry } from '../metrics/index.ts';
import { setPortStatus } from '../resources/index.ts';
import { countNovaEvents, NovaEvents, novaOf } from './nova-events.ts';

const SERVER = '5e4f0000-0000-4000-8000-000000000001';
const AS = { region: '', user: 'sextant', password: 'secret', project: 'service' } as const;
const PATH = '/compute/v2.1/os-server-external-events';

/** An API, and a Nova with an identity service that records what it is told. */
async function world(t: TestContext, statuses: number[] = []) {
  const api = await startTestApi();
  t.after(() => api.close());
  const root = { url: '' };
  const { endpoint, received } = await serve(t, ({ url }) => {
    if (url.endsWith('/os-server-external-events')) return [statuses.shift() ?? 200, { events: [] }];
    const compute = [{ interface: 'public', url: `${root.url}/compute/v2.1` }];
    const catalog = [{ type: 'compute', endpoints: compute }];
    return [201, { token: { catalog, project: { id: 'own' }, roles: [] } }, { 'x-subject-token': 'token' }];
  });
  root.url = endpoint;
  const start = async (url = 'catalog') => {
    const client = novaOf({ ...AS, url }, undefined, endpoint);
    const events = new NovaEvents({
      ...{
        store: api.store,
        tell: (all) => client.tell(all),
        count: countNovaEvents(new Registry()),
        log: quiet,
      },
    });
    await events.start();
    t.after(async () => {
      await events.stop();
      client.close();
    });
  };
  const told = () => received.filter(({ url }) => url === PATH);
  return { api, received, start, told, endpoint };
}

const makePort = async (api: TestApi): Promise<Body> => {
  const network = await api.make('network', {});
  return api.make('port', { network_id: network.id, device_id: SERVER, device_owner: 'compute:nova' });
};
const setStatus = (api: TestApi, { id }: Body, status: 'ACTIVE' | 'DOWN') =>
  api.store.transaction((tx) => setPortStatus(tx, [String(id)], status));
const namesIn = (body: unknown): string[] =>
  (body as { events: { name: string }[] }).events.map(({ name }) => name);

test('Nova is told by the token of the service’s user, where the catalog has it', async (t) => {
  const { api, received, start, told } = await world(t);
  await start();
  const port = await makePort(api);
  await setStatus(api, port, 'ACTIVE');
  await eventually('Nova is told', () => told().length > 0);
  const [{ method, url, headers, body } = assert.fail()] = told();
  assert.deepEqual([method, url, headers['x-auth-token']], ['POST', PATH, 'token']);
  assert.match(String(headers['content-type']), /^application\/json/);
  assert.deepEqual(body, {
    events: [{ server_uuid: SERVER, name: 'network-vif-plugged', status: 'completed', tag: port.id }],
  });
  const [signIn] = received;
  assert.equal(signIn?.url, '/identity/v3/auth/tokens');
  assert.deepEqual((signIn?.body as Body).auth?.scope, {
    project: { name: 'service', domain: { name: 'Default' } },
  });
});

test('what Nova was not told is told when it is back, all of it, once and in order', async (t) => {
  const { api, start, told } = await world(t, [503, 302]);
  const port = await makePort(api);
  await start();
  await start();
  await setStatus(api, port, 'ACTIVE');
  await setStatus(api, port, 'DOWN');
  await setStatus(api, port, 'ACTIVE');
  const noted = async () => (await api.store.read.selectFrom('nova_events').select('id').execute()).length;
  await eventually('nothing waits any more', async () => (await noted()) === 0);
  const succeeded = told().slice(2);
  const names = succeeded.flatMap(({ body }) => namesIn(body));
  assert.deepEqual(names, ['network-vif-plugged', 'network-vif-unplugged', 'network-vif-plugged']);
});

test('an event that Nova refuses keeps no other from it', async (t) => {
  const { api, start, told } = await world(t, [400, 400, 200, 200]);
  await start();
  const port = await makePort(api);
  await api.store.transaction(async (tx) => {
    for (const status of ['ACTIVE', 'DOWN', 'ACTIVE'] as const)
      await setPortStatus(tx, [String(port.id)], status);
  });
  const waits = () => api.store.read.selectFrom('nova_events').select('id').executeTakeFirst();
  await eventually('nothing waits any more', async () => told().length > 0 && (await waits()) === undefined);
  assert.deepEqual(
    told().map(({ body }) => namesIn(body).length),
    [3, 1, 2],
  );
});

test('what Nova does not know is not told again', async (t) => {
  const { api, start, told, endpoint } = await world(t, [404]);
  await start(`${endpoint}/compute/v2.1`);
  await setStatus(api, await makePort(api), 'ACTIVE');
  await eventually('it is told', () => told().length === 1);
  const waits = () => api.store.read.selectFrom('nova_events').select('id').executeTakeFirst();
  await eventually('it waits no more', async () => (await waits()) === undefined);
  assert.equal(told().length, 1);
});

test('a Nova that does not answer keeps nobody waiting', async (t) => {
  const api = await startTestApi();
  t.after(() => api.close());
  const answer = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const events = new NovaEvents({
    ...{ store: api.store, count: countNovaEvents(new Registry()), log: quiet },
    tell: () => {
      asked.resolve();
      return answer.promise;
    },
  });
  await events.start();
  const port = await makePort(api);
  await setStatus(api, port, 'ACTIVE');
  await asked.promise;
  // While it is waited for, all goes on.
  await setStatus(api, port, 'DOWN');
  assert.equal((await api.call('DELETE', `/v2.0/ports/${port.id}`)).status, 204);
  answer.resolve();
  await events.stop();
});
