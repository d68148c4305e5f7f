import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Body, startTestApi } from '../../../../test/support/api.ts';
import { linkLocalAddress } from '../../../addressing/index.ts';
import { readPorts } from './read.ts';
import { portRecord } from './record.ts';

test('routers of the network’s project lead to what is delegated, and those of guests do not', async (t) => {
  const api = await startTestApi();
  t.after(() => api.close());
  const network = await api.make('network', { shared: true, project_id: 'red' });
  const wish = { network_id: network.id, ip_version: 6, cidr: 'fd00:1::/64' };
  const subnet = await api.make('subnet', wish);
  const interfaceOf = async (project: string, body: object) => {
    const router = await api.make('router', { project_id: project });
    const added = await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, body);
    assert.equal(added.status, 200, JSON.stringify(added.body));
    return router.id;
  };
  const own = await interfaceOf('red', { subnet_id: subnet.id });
  const foot = await api.make('port', { network_id: network.id, project_id: 'blue' });
  await interfaceOf('blue', { port_id: foot.id });
  const delegated = { network_id: network.id, delegated_prefixes: ['fd00:77::/56'] };
  const port = await api.make('port', delegated);
  const [source] = await readPorts(api.store.read, [String(port.id)]);
  assert.deepEqual(
    source?.routersToDelegated.map(({ routerId }) => routerId),
    [own],
  );
});

test('of a router’s gateway all addresses are announced on its physical network, of an interface none', async (t) => {
  const api = await startTestApi();
  t.after(() => api.close());
  const outside = await api.make('network', {
    'router:external': true,
    'provider:network_type': 'vlan',
    'provider:physical_network': 'physnet1',
    'provider:segmentation_id': 41,
  });
  await api.make('subnet', { network_id: outside.id, ip_version: 6, cidr: '2001:db8::/64' });
  await api.make('subnet', { network_id: outside.id, ip_version: 4, cidr: '203.0.113.0/24' });
  const router = await api.make('router', { external_gateway_info: { network_id: outside.id } });
  const inside = await api.make('network', {});
  const subnet = await api.make('subnet', { network_id: inside.id, ip_version: 6, cidr: 'fd00:1::/64' });
  await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id });
  const recordOn = async (network: Body) => {
    const [port] = (await api.call('GET', `/v2.0/ports?network_id=${network.id}&device_id=${router.id}`)).body
      .ports!;
    const [source] = await readPorts(api.store.read, [String(port!.id)]);
    return portRecord(source!);
  };
  const gateway = await recordOn(outside);
  assert.deepEqual(
    gateway.announced.map(({ address }) => String(address)).sort(),
    [...gateway.fixedIps.map(({ address }) => String(address)), String(linkLocalAddress(gateway.mac))].sort(),
  );
  assert.equal(gateway.fixedIps.length, 2);
  for (const { mac, physicalNetwork, vlan, networkId } of gateway.announced)
    assert.deepEqual([mac, physicalNetwork, vlan, networkId], [gateway.mac, 'physnet1', 41, outside.id]);
  assert.deepEqual((await recordOn(inside)).announced, []);
});
