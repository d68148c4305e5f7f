/** What the engine says of itself while it follows the store. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Northbound } from '../../src/engine/northbound/northbound.ts';
import { exposition, Registry } from '../../src/metrics/index.ts';
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
    settings: { gatewayChassis: [], packetTooBigBelow: 1422 },
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
