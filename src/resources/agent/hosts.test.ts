/** Hosts that are drained, and the zones that they are in. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Body, startTestApi, type TestApi } from '../../../test/support/api.ts';
import { settings } from '../../../test/support/operations.ts';
import { takeRefused } from '../port/binding.ts';
import { type HostSelf, recordHeartbeat } from './heartbeat.ts';

async function start(t: TestContext): Promise<TestApi> {
  const api = await startTestApi(undefined, { settings: { ...settings, knowsHosts: true } });
  t.after(() => api.close());
  return api;
}

const beat = (api: TestApi, host: string, rest: Partial<HostSelf> = {}, at?: Date) =>
  api.store.transaction((tx) =>
    recordHeartbeat(tx, { host, chassis: `chassis-${host}`, configurations: {}, ...rest }, at),
  );
const agentOf = async (api: TestApi, host: string): Promise<Body> =>
  (await api.call('GET', `/v2.0/agents?host=${host}`)).body.agents![0]!;
async function change(api: TestApi, host: string, agent: object): Promise<Body> {
  const { id } = await agentOf(api, host);
  const { status, body } = await api.call('PUT', `/v2.0/agents/${id}`, { agent });
  assert.equal(status, 200, JSON.stringify(body));
  return body.agent!;
}
const shown = async (api: TestApi, { id }: Body): Promise<Body> =>
  (await api.call('GET', `/v2.0/ports/${id}`)).body.port!;

test('an agent is shown as ML2/OVN shows it', async (t) => {
  const api = await start(t);
  await beat(api, 'h1', { configurations: { chassis: 'chassis-h1', bridge_mappings: 'physnet1:br-1' } });
  const agent = await agentOf(api, 'h1');
  assert.deepEqual(
    [agent.agent_type, agent.binary, agent.topic, agent.alive],
    ['OVN Controller agent', 'ovn-controller', 'n/a', true],
  );
  assert.equal(agent.configurations?.chassis_name, 'chassis-h1');
  assert.equal(agent.configurations?.['bridge-mappings'], 'physnet1:br-1');
  const changed = await change(api, 'h1', { description: 'rack 7' });
  assert.equal(changed.description, 'rack 7');
});

test('a host that is drained keeps its ports and takes no others, until it takes them all', async (t) => {
  const api = await start(t);
  for (const host of ['h1', 'h2']) await beat(api, host);
  const network = await api.make('network', {});
  const make = (host: string) =>
    api.make('port', { network_id: network.id, device_owner: 'compute:nova', 'binding:host_id': host });
  const kept = await make('h1');
  const other = await make('h2');
  await change(api, 'h1', { admin_state_up: false });
  assert.equal((await shown(api, kept))['binding:vif_type'], 'ovs');

  const fresh = await make('h1');
  const byChassis = await make('chassis-h1');
  const moved = (await api.call('PUT', `/v2.0/ports/${other.id}`, { port: { 'binding:host_id': 'h1' } })).body
    .port!;
  for (const answered of [fresh, byChassis, moved]) {
    for (const port of [answered, await shown(api, answered)]) {
      assert.equal(port['binding:vif_type'], 'binding_failed');
      assert.match(String(port['binding:vif_details']?.reason), /h1 is drained/);
    }
  }
  const { body } = await api.call('GET', `/v2.0/ports?id=${fresh.id}&id=${kept.id}&sort_key=created_at`);
  assert.deepEqual(
    new Set(body.ports!.map((port) => `${port['binding:vif_type']}`)),
    new Set(['ovs', 'binding_failed']),
  );
  const renamed = await api.call('PUT', `/v2.0/ports/${fresh.id}`, { port: { name: 'web' } });
  assert.equal(renamed.body.port?.['binding:vif_type'], 'binding_failed');
  const { status, body: refusal } = await api.call('POST', `/v2.0/ports/${kept.id}/bindings`, {
    binding: { host: 'chassis-h1' },
  });
  assert.deepEqual([status, refusal.NeutronError?.type], [409, 'PortBindingError']);
  assert.match(String(refusal.NeutronError?.message), /drained/);

  const away = await api.call('PUT', `/v2.0/ports/${moved.id}`, { port: { 'binding:host_id': 'h2' } });
  assert.equal(away.body.port?.['binding:vif_type'], 'ovs');
  await change(api, 'h1', { admin_state_up: true });
  for (const port of [fresh, byChassis]) assert.equal((await shown(api, port))['binding:vif_type'], 'ovs');
  await change(api, 'h1', { admin_state_up: false });
  assert.equal((await shown(api, fresh))['binding:vif_type'], 'ovs', 'it has it now');
});

test('a host that is down, or does not reach the network, takes no port, until it can', async (t) => {
  const api = await start(t);
  const [physical] = settings.physicalNetworks;
  const says = (bridge_mappings: string) => ({ configurations: { bridge_mappings } });
  const long = new Date(Date.now() - 100_000);
  await beat(api, 'h1', says(''), long);
  const overlay = await api.make('network', {});
  const vlan = await api.make('network', {
    'provider:network_type': 'vlan',
    'provider:physical_network': physical,
  });
  const bind = (network: Body) =>
    api.make('port', { network_id: network.id, device_owner: 'compute:nova', 'binding:host_id': 'h1' });
  const fails = async (port: Body, reason: RegExp): Promise<void> => {
    for (const one of [port, await shown(api, port)]) {
      assert.equal(one['binding:vif_type'], 'binding_failed');
      assert.match(String(one['binding:vif_details']?.reason), reason);
    }
  };
  const isBound = async (port: Body) => (await shown(api, port))['binding:vif_type'] === 'ovs';
  const [plain, tagged] = [await bind(overlay), await bind(vlan)];
  for (const port of [plain, tagged]) await fails(port, /h1 is down/);

  const comesBack = (bridgeMappings: string) =>
    api.store.transaction(async (tx) => {
      await recordHeartbeat(tx, { host: 'h1', chassis: 'chassis-h1', ...says(bridgeMappings) });
      await tx.sent();
      await takeRefused(tx, ['h1', 'chassis-h1']);
    });
  await comesBack('');
  assert.ok(await isBound(plain));
  await fails(await shown(api, tagged), /does not reach physnet1/);
  await fails(await bind(vlan), /does not reach physnet1/);
  await comesBack(`${physical}:br-ex`);
  assert.ok(await isBound(tagged));

  await api.store.transaction((tx) =>
    tx.db.updateTable('agents').set({ heartbeat_timestamp: long.toISOString() }).execute(),
  );
  assert.ok((await isBound(tagged)) && (await isBound(plain)), 'a host keeps what it has');
});

test('hosts that have had no time to be heard of since the service began are not down', async (t) => {
  const hearsSince = new Date(Date.now() - 5_000);
  const api = await startTestApi(undefined, { settings: { ...settings, knowsHosts: true, hearsSince } });
  t.after(() => api.close());
  await beat(api, 'h1', {}, new Date(Date.now() - 100_000));
  const network = await api.make('network', {});
  const port = await api.make('port', { network_id: network.id, 'binding:host_id': 'h1' });
  assert.equal(port['binding:vif_type'], 'ovs');
});

test('there are the zones that hosts are in; one without a host that takes something is unavailable', async (t) => {
  const api = await start(t);
  for (const host of ['h1', 'h2', 'h3']) await beat(api, host);
  const zones = async (query = '') => (await api.call('GET', `/v2.0/availability_zones${query}`)).body;
  assert.deepEqual(await zones(), { availability_zones: [] });
  assert.equal(
    (await change(api, 'h1', { availability_zone: 'east,west,east' })).availability_zone,
    'east, west',
  );
  await change(api, 'h2', { availability_zone: 'west' });
  await change(api, 'h1', { admin_state_up: false });
  const of = (name: string, state: string) =>
    ['network', 'router'].map((resource) => ({ name, resource, state }));
  assert.deepEqual(await zones(), {
    availability_zones: [...of('east', 'unavailable'), ...of('west', 'available')],
  });
  await beat(api, 'h2', {}, new Date(Date.now() - 100_000));
  assert.deepEqual(await zones('?name=west&resource=router&fields=state'), {
    availability_zones: [{ state: 'unavailable' }],
  });
  assert.equal((await api.call('GET', '/v2.0/availability_zones?colour=red')).status, 400);
  const { id } = await agentOf(api, 'h1');
  const { status } = await api.call('PUT', `/v2.0/agents/${id}`, { agent: { availability_zone: 'a:b' } });
  assert.equal(status, 400);
});

test('hints of networks and routers name zones that there are', async (t) => {
  const api = await start(t);
  await beat(api, 'h1');
  await change(api, 'h1', { availability_zone: 'east' });
  for (const [name, path] of [
    ['network', 'networks'],
    ['router', 'routers'],
  ] as const) {
    const made = await api.make(name, { availability_zone_hints: ['east'] });
    assert.deepEqual(made.availability_zone_hints, ['east']);
    const wish = { [name]: { availability_zone_hints: ['east', 'nowhere'] } };
    const { status, body } = await api.call('POST', `/v2.0/${path}`, wish);
    assert.deepEqual([status, body.NeutronError?.type], [404, 'AvailabilityZoneNotFound']);
    assert.match(String(body.NeutronError?.message), /nowhere/);
  }
});
