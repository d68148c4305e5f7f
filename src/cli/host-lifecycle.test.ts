import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startTestApi } from '../../test/support/api.ts';
import { sextant } from '../../test/support/command.ts';
import { eventually } from '../../test/support/eventually.ts';
import { settings } from '../../test/support/operations.ts';
import { recordHeartbeat } from '../resources/index.ts';

/** A service with a host, on which there may be devices. */
async function start(t: TestContext) {
  const api = await startTestApi(undefined, { settings: { ...settings, knowsHosts: true } });
  t.after(() => api.close());
  const endpoint = await api.app.listen({ host: '::1', port: 0 });
  const beat = (devices: number, now = new Date()) =>
    api.store.transaction((tx) =>
      recordHeartbeat(tx, { host: 'h1', chassis: 'c1', configurations: { chassis: 'c1', devices } }, now),
    );
  await beat(0);
  const network = await api.make('network', {});
  const bound = (name: string, host: string) =>
    api.make('port', { network_id: network.id, name, 'binding:host_id': host });
  const agents = async () => (await api.call('GET', '/v2.0/agents')).body.agents!;
  return { api, beat, bound, agents, command: (line: string) => sextant(endpoint, line) };
}

test('a host that is drained says what is left on it, by name', async (t) => {
  const { bound, beat, agents, command } = await start(t);
  await bound('web', 'h1');
  await bound('db', 'c1');
  await beat(3);
  const { status, out } = await command('host drain h1');
  assert.equal(status, 0);
  assert.match(out, /Host h1 takes nothing new\. Bound to it: 2 ports\. Plugged in there: 3 devices\./);
  for (const name of ['web', 'db']) assert.match(out, new RegExp(`\\b${name}\\b`));
  assert.equal((await agents())[0]?.admin_state_up, false);
  assert.match((await command('host undrain h1')).out, /takes ports again/);
  assert.equal((await agents())[0]?.admin_state_up, true);
});

test('it is waited for until nothing is left, and said whenever there is less', async (t) => {
  const { api, bound, beat, command } = await start(t);
  const port = await bound('web', 'h1');
  await beat(1);
  let isDone = false;
  const waiting = command('host drain h1 --wait').then((answer) => {
    isDone = true;
    return answer;
  });
  const drained = async () => (await api.call('GET', '/v2.0/agents?host=h1')).body.agents![0]?.admin_state_up;
  await eventually('it is drained', async () => String(await drained()) === 'false');
  assert.ok(!isDone);
  await api.call('DELETE', `/v2.0/ports/${port.id}`);
  await beat(0);
  const { status, err } = await waiting;
  assert.equal(status, 0);
  assert.match(err, /Nothing is left on it\.\n$/);
});

test('a host is removed when nothing is left on it, or by force; devices of one that is gone do not count', async (t) => {
  const { bound, beat, agents, command } = await start(t);
  await beat(1);
  const { status, err } = await command('host remove h1');
  assert.equal(status, 1);
  assert.match(err, /Plugged in there: 1 device\..*drain h1 --wait/s);
  await beat(1, new Date(Date.now() - 100_000));
  await bound('web', 'h1');
  assert.equal((await command('host remove h1')).status, 1);
  assert.equal((await command('host remove h1 --force')).status, 0);
  assert.deepEqual(await agents(), []);
});
