/** Ports of hardware: where they can be, how they are plugged in, and which hosts serve them. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Body, startTestApi, type TestApi } from '../../../test/support/api.ts';
import { settings } from '../../../test/support/operations.ts';
import { recordHeartbeat } from '../agent/heartbeat.ts';
import { followHosts } from '../agent/placement.ts';
import { servingHostsOf } from '../network/serving-hosts.ts';

async function start(t: TestContext): Promise<TestApi> {
  const api = await startTestApi(undefined, { settings: { ...settings, knowsHosts: true } });
  t.after(() => api.close());
  return api;
}

const [physical] = settings.physicalNetworks;
const vlan = (api: TestApi) =>
  api.make('network', { 'provider:network_type': 'vlan', 'provider:physical_network': physical });
const hardware = (api: TestApi, network: Body, more: object = {}) =>
  api.make('port', { network_id: network.id, 'binding:vnic_type': 'direct', ...more });

const beat = (api: TestApi, host: string, reaches = physical, at?: Date) =>
  api.store.transaction(async (tx) => {
    const configurations = { bridge_mappings: reaches === undefined ? '' : `${reaches}:br-ex` };
    await recordHeartbeat(tx, { host, chassis: host, configurations }, at);
    await tx.sent();
    await followHosts(tx);
  });

async function serving(api: TestApi, { id }: Body): Promise<string[]> {
  const hosts = await servingHostsOf(api.store.read, [`${id}`]);
  return (hosts.get(`${id}`) ?? []).map(({ host }) => host);
}

test('hardware is plugged in as ML2 has it, with its VLAN, and told that nothing filters', async (t) => {
  const api = await start(t);
  await beat(api, 'h1');
  const network = await vlan(api);
  const flat = await api.make('network', {
    'provider:network_type': 'flat',
    'provider:physical_network': physical,
  });
  const bound = { 'binding:host_id': 'h1' };
  for (const [on, vnicType, vifType, tag] of [
    [network, 'direct', 'hw_veb', `${network['provider:segmentation_id']}`],
    [network, 'macvtap', 'hw_veb', `${network['provider:segmentation_id']}`],
    [flat, 'direct-physical', 'hostdev_physical', '0'],
    [flat, 'baremetal', 'other', '0'],
  ] as const) {
    const made = await hardware(api, on, { ...bound, 'binding:vnic_type': vnicType });
    for (const port of [made, (await api.call('GET', `/v2.0/ports/${made.id}`)).body.port!]) {
      assert.equal(port['binding:vif_type'], vifType);
      assert.deepEqual(port['binding:vif_details'], { connectivity: 'l2', port_filter: false, vlan: tag });
      assert.match(`${port.status_reason}`, /no security group filters/);
    }
  }
  const open = await hardware(api, network, { port_security_enabled: false, security_groups: [] });
  assert.deepEqual([open.status_reason, open['binding:vif_type']], [null, 'unbound']);
  const machine = await hardware(api, flat, {
    'binding:host_id': 'node-7',
    'binding:vnic_type': 'baremetal',
  });
  assert.equal(machine['binding:vif_type'], 'other', 'a machine of its own is no host’s');
});

test('what has tunnels, or no way out, has no hardware; a card that has the switch’s flows is plugged into it', async (t) => {
  const api = await start(t);
  for (const type of ['geneve', 'vxlan', 'gre', 'local']) {
    const network = await api.make('network', { 'provider:network_type': type });
    const wish = { network_id: network.id, 'binding:vnic_type': 'direct' };
    const { status, body } = await api.call('POST', '/v2.0/ports', { port: wish });
    assert.equal(status, 400, type);
    assert.match(`${body.NeutronError?.message}`, /binding:vnic_type.*vlan or flat/);
    const port = await api.make('port', { network_id: network.id });
    const change = { port: { 'binding:vnic_type': 'baremetal' } };
    assert.equal((await api.call('PUT', `/v2.0/ports/${port.id}`, change)).status, 400);
    const offloaded = await api.make('port', { ...wish, 'binding:profile': { capabilities: ['switchdev'] } });
    assert.equal(offloaded['binding:vif_details']?.port_filter, true);
    assert.equal(offloaded.status_reason, null);
  }
});

test('hosts that reach the physical network serve hardware in turn; drained ones no more', async (t) => {
  const api = await start(t);
  for (const host of ['h1', 'h2', 'h3']) await beat(api, host);
  await beat(api, 'h4', 'elsewhere');
  const networks = [await vlan(api), await vlan(api), await vlan(api)];
  const ports: Body[] = [];
  for (const network of networks) {
    assert.deepEqual(await serving(api, network), [], 'it has no hardware yet');
    ports.push(await hardware(api, network));
  }
  const before = await Promise.all(networks.map((network) => serving(api, network)));
  assert.deepEqual(new Set(before.map(([first]) => first)), new Set(['h1', 'h2', 'h3']));
  for (const hosts of before) assert.deepEqual(new Set(hosts), new Set(['h1', 'h2', 'h3']));

  const [one] = networks as [Body];
  const [first, second, third] = before[0] as [string, string, string];
  const { id } = (await api.call('GET', `/v2.0/agents?host=${first}`)).body.agents![0]!;
  await api.call('PUT', `/v2.0/agents/${id}`, { agent: { admin_state_up: false } });
  assert.deepEqual(await serving(api, one), [second, third, first], 'the others first');
  await api.call('DELETE', `/v2.0/agents/${id}`);
  assert.deepEqual(await serving(api, one), [second, third]);
  await beat(api, third, 'elsewhere');
  assert.deepEqual(await serving(api, one), [second]);

  await api.call('PUT', `/v2.0/ports/${ports[0]!.id}`, { port: { 'binding:vnic_type': 'normal' } });
  assert.deepEqual(await serving(api, one), [], 'it has no hardware any more');
  await api.call('DELETE', `/v2.0/ports/${ports[1]!.id}`);
  assert.deepEqual(await serving(api, networks[1]!), []);
});

test('a host that is dead serves nothing while another lives, for of two the other cannot tell', async (t) => {
  const api = await start(t);
  for (const host of ['h1', 'h2']) await beat(api, host);
  const network = await vlan(api);
  await hardware(api, network);
  const [first, second] = (await serving(api, network)) as [string, string];
  await beat(api, first, physical, new Date(Date.now() - 200_000));
  assert.deepEqual(await serving(api, network), [second]);
  await beat(api, second, physical, new Date(Date.now() - 200_000));
  assert.deepEqual(await serving(api, network), [second, first], 'nobody is better than the other');
  await beat(api, first);
  assert.deepEqual(await serving(api, network), [first]);
});

test('a binding to a host where its instance moves says how that plugs it in', async (t) => {
  const api = await start(t);
  for (const host of ['h1', 'h2']) await beat(api, host);
  const network = await vlan(api);
  const port = await hardware(api, network, { 'binding:host_id': 'h1', device_owner: 'compute:nova' });
  const path = `/v2.0/ports/${port.id}/bindings`;
  const { body } = await api.call('POST', path, { binding: { host: 'h2', vnic_type: 'macvtap' } });
  const made = body.binding as unknown as Record<string, unknown>;
  assert.deepEqual([made.vif_type, made.vif_details], ['hw_veb', port['binding:vif_details']]);
  const further = await api.call('POST', path, { binding: { host: 'h3' } });
  assert.equal(further.status, 409);
});
