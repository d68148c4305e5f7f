import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Body, startTestApi } from '../../../../test/support/api.ts';
import { recordHeartbeat } from '../../../resources/agent/heartbeat.ts';
import { setPortStatus } from '../../../resources/status.ts';
import { readDistributedAddresses } from './read.ts';
import { distributedAddresses } from './record.ts';

test('what leaves by its host is of the external network’s address scope, and of no router that leads to NAT64', async (context) => {
  const api = await startTestApi();
  context.after(() => api.close());
  const configurations = { bridge_mappings: 'physnet1:br-ex' };
  await api.store.transaction((tx) => recordHeartbeat(tx, { host: 'h1', chassis: 'h1', configurations }));
  const scopeAndPool = async (...prefixes: string[]): Promise<Body> => {
    const scope = await api.make('address_scope', { name: 'a', ip_version: 6 });
    return api.make('subnetpool', { name: 'a', prefixes, address_scope_id: scope.id });
  };
  const pool = await scopeAndPool('fd00:1::/64', 'fd00:ee::/64');
  const others = await scopeAndPool('fd00:2::/64');
  const outside = await api.make('network', {
    'router:external': true,
    ...{ 'provider:network_type': 'flat', 'provider:physical_network': 'physnet1' },
  });
  const plain = { ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
  const outer = { network_id: outside.id, cidr: 'fd00:ee::/64', ip_version: 6, enable_dhcp: false };
  await api.make('subnet', { ...outer, subnetpool_id: pool.id });
  const router = await api.make('router', {
    external_gateway_info: { network_id: outside.id },
    distributed_ipv6: true,
  });
  const behind = async (cidr: string, of?: Body): Promise<{ network: Body; id: string }> => {
    const network = await api.make('network', {});
    const wish = { network_id: network.id, cidr, ...plain, ...(of && { subnetpool_id: of.id }) };
    const subnet = await api.make('subnet', wish);
    const path = `/v2.0/routers/${router.id}/add_router_interface`;
    assert.equal((await api.call('PUT', path, { subnet_id: subnet.id })).status, 200);
    const { id } = await api.make('port', { network_id: network.id });
    await api.store.transaction((tx) => setPortStatus(tx, [`${id}`], 'ACTIVE'));
    return { network, id: `${id}` };
  };
  const [own, foreign, none] = [
    await behind('fd00:1::/64', pool),
    await behind('fd00:2::/64', others),
    await behind('fd00:3::/64'),
  ];
  const leaving = async (): Promise<string[]> => {
    const sources = await readDistributedAddresses(api.store.read, [own.id, foreign.id, none.id]);
    return sources.flatMap(distributedAddresses).map(({ portId }) => portId);
  };
  assert.deepEqual(await leaving(), [own.id]);
  const change = (name: string, { id }: Body, attributes: object) =>
    api.call('PUT', `/v2.0/${name}s/${id}`, { [name]: attributes });
  for (const [name, one, without, again] of [
    ['network', none.network, { nat64_prefix: '64:ff9b::/96' }, { nat64_prefix: null }],
    ['router', router, { distributed_ipv6: false }, { distributed_ipv6: true }],
    [
      'router',
      router,
      { external_gateway_info: null },
      { external_gateway_info: { network_id: outside.id } },
    ],
  ] as const) {
    assert.equal((await change(name, one, without)).status, 200);
    assert.deepEqual(await leaving(), [], JSON.stringify(without));
    assert.equal((await change(name, one, again)).status, 200);
    assert.deepEqual(await leaving(), [own.id], JSON.stringify(again));
  }
});
