/** What the engine says of itself while it follows the store. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { Northbound } from '../../src/engine/northbound/northbound.ts';
import { exposition, Registry } from '../../src/metrics/index.ts';
import { OvsdbClient } from '../../src/ovsdb/index.ts';
import { afterwards } from '../support/afterwards.ts';
import { startTestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { log, TestServer } from '../support/ovsdb-server.ts';

test('how long commits take to the database, and new ports to be up, is counted', async (t) => {
  const api = await startTestApi();
  afterwards(t, () => api.close());
  const server = await TestServer.northbound(t);
  const metrics = new Registry();
  const northbound = await Northbound.start({
    ...{ store: api.store, remote: server.remote, metrics, log },
    settings: { packetTooBigBelow: 1422 },
  });
  afterwards(t, () => northbound.stop());
  await northbound.settled();
  const numberOf = async (name: string): Promise<number> => {
    const line = new RegExp(`^${name.replace('{', '\\{')} (\\S+)$`, 'm').exec(
      exposition(await metrics.read()),
    );
    return Number(line?.[1]);
  };
  assert.equal(await numberOf('sextant_engine_acting'), 1);
  assert.equal(await numberOf('sextant_engine_waiting_entries'), 0);

  const network = await api.make('network', {});
  const { id } = await api.make('port', { network_id: network.id });
  await northbound.settled();
  const followed = await numberOf('sextant_engine_commit_to_northbound_seconds_count');
  assert.ok(followed >= 1 && followed <= 3, String(followed));
  assert.ok((await numberOf('sextant_engine_commit_to_northbound_seconds_sum')) < 10);
  assert.equal(await numberOf('sextant_engine_units{kind="port"}'), 1);

  const isUp = async () => (await api.call('GET', `/v2.0/ports/${id}`)).body.port?.status === 'ACTIVE';
  for (const up of [true, false, true]) {
    server.nbctl('set', 'Logical_Switch_Port', String(id), `up=${up}`);
    await eventually(`the port is ${up ? 'up' : 'down'}`, async () => (await isUp()) === up);
  }
  assert.equal(await numberOf('sextant_engine_port_up_seconds_count'), 1, 'of the first time alone');
});

test('a request has one id in the log of the API, the database and the engine', async (t) => {
  const id = 'req-11111111-2222-4333-8444-555555555555';
  const lines: Record<string, unknown>[] = [];
  const recorded = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const api = await startTestApi(undefined, { log: recorded });
  afterwards(t, () => api.close());
  const server = await TestServer.northbound(t);
  const northbound = await Northbound.start({
    ...{ store: api.store, remote: server.remote, log: recorded },
    settings: { packetTooBigBelow: 1422 },
  });
  afterwards(t, () => northbound.stop());
  await northbound.settled();
  const transact = t.mock.method(OvsdbClient.prototype, 'transact');
  const network = await api.make('network', {}, { 'x-openstack-request-id': id });
  await northbound.settled();
  const comments = transact.mock.calls
    .flatMap((call) => [...call.arguments[0].operations])
    .filter(({ op }) => op === 'comment')
    .map(({ comment }) => comment);
  assert.deepEqual(comments, [`Sextant: ${id}`]);
  const told = lines.filter((line) => line.requestId === id || line.causes === id);
  assert.deepEqual(told.map(({ msg }) => msg).sort(), ['a transaction went through', 'request']);
  const units = `network/${network.id}, serving_hosts/${network.id}`;
  assert.equal(told.find(({ causes }) => causes === id)?.units, units);
});
