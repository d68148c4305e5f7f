/** What hosts are to tell by BGP, and what they say of how it stands. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import Fastify from 'fastify';
import { type Body, startTestApi } from '../../test/support/api.ts';
import { settings } from '../../test/support/operations.ts';
import { quiet } from '../../test/support/stores.ts';
import { type BgpOrder, HOST_API } from '../host-contract/index.ts';
import { recordHeartbeat } from '../resources/index.ts';
import { addBgp } from './bgp.ts';

/** A speaker on a network, a router with a gateway there that `gw1` may have, and a way to ask as a host. */
async function start(t: TestContext) {
  const api = await startTestApi();
  const hostApi = Fastify();
  let chassis = 'gw1';
  const gate = { callerOf: () => ({ chassis }), permitted: async () => new Set<string>() };
  addBgp(hostApi, { store: api.store, settings, gate, log: quiet });
  t.after(async () => {
    await hostApi.close();
    await api.close();
  });
  const scope = await api.make('address_scope', { ip_version: 6 });
  const pool = async (prefix: string) =>
    (await api.make('subnetpool', { prefixes: [prefix], address_scope_id: scope.id })).id;
  const physical = { 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1' };
  const outside = await api.make('network', {
    ...{ 'router:external': true, ...physical, 'provider:segmentation_id': 77 },
  });
  const subnet = async (network_id: unknown, prefix: string) =>
    api.make('subnet', { network_id, ip_version: 6, subnetpool_id: await pool(prefix), prefixlen: 64 });
  await subnet(outside.id, '2001:db8:1::/48');
  const inside = await subnet((await api.make('network', {})).id, '2001:db8:2::/48');
  const router = await api.make('router', { external_gateway_info: { network_id: outside.id } });
  await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: inside.id });
  const speaker = await api.make('bgp_speaker', { local_as: 64_512, ip_version: 6 });
  const signed = { auth_type: 'md5', password: 'secret', bfd: true };
  const peer = await api.make('bgp_peer', { peer_ip: '2001:db8:1::9', remote_as: 64_513, ...signed });
  const act = (action: string, body: object) =>
    api.call('PUT', `/v2.0/bgp-speakers/${speaker.id}/${action}`, body);
  await act('add_bgp_peer', { bgp_peer_id: peer.id });
  await act('add_gateway_network', { network_id: outside.id });
  await api.store.transaction(async (tx) => {
    const report = { chassis: 'gw1', host: 'gw1', configurations: { bridge_mappings: 'physnet1:br' } };
    await recordHeartbeat(tx, report);
    await tx.db.deleteFrom('gateway_hosts').execute();
    const port = await tx.db.selectFrom('routers').select('gateway_port_id').executeTakeFirstOrThrow();
    const gateway = { router_id: String(router.id), gateway_port_id: String(port.gateway_port_id) };
    const place = { ...gateway, chassis: 'gw1', host: 'gw1', place: 0, reason: '' };
    await tx.db.insertInto('gateway_hosts').values(place).execute();
  });
  const ask = async (as = 'gw1', reports: object[] = []): Promise<BgpOrder[]> => {
    chassis = as;
    const answer = await hostApi.inject({
      method: 'POST',
      url: HOST_API.bgp,
      payload: { host: as, reports },
    });
    assert.equal(answer.statusCode, 200, answer.body);
    return (answer.json() as { orders: BgpOrder[] }).orders;
  };
  const shown = async () =>
    (await api.call('GET', `/v2.0/bgp-speakers/${speaker.id}`)).body.bgp_speaker as Body;
  return { api, ask, act, shown, outside, inside, router, speaker, peer };
}

test('a host that may have a gateway is told what to say, to whom, and with which addresses', async (t) => {
  const { api, ask, outside, inside, router, speaker, peer } = await start(t);
  assert.deepEqual(await ask('gw2'), []);
  const [order, ...others] = await ask();
  assert.equal(others.length, 0);
  const ports = (await api.call('GET', `/v2.0/ports?network_id=${outside.id}`)).body.ports as Body[];
  const own = ports.find(({ device_owner }) => device_owner === 'network:bgp_speaker')!;
  const gateway = ports.find(({ device_owner }) => device_owner === 'network:router_gateway')!;
  assert.equal(own.name, 'BGP on gw1');
  const hop = router.external_gateway_info!.external_fixed_ips![0]!.ip_address;
  const { mtu, routers, ...rest } = order!;
  assert.deepEqual(rest, {
    ...{ speaker_id: speaker.id, network_id: outside.id, physical_network: 'physnet1', vlan: 77 },
    ...{ local_as: 64_512, ip_version: 6, mac: own.mac_address },
    addresses: [`${own.fixed_ips![0]!.ip_address}/64`],
    peers: [{ id: peer.id, address: peer.peer_ip, remote_as: 64_513, password: 'secret', bfd: true }],
  });
  assert.equal(mtu, outside.mtu);
  assert.deepEqual(routers, [
    {
      gateway_port_id: gateway.id,
      link_local: routers[0]!.link_local,
      routes: [{ destination: inside.cidr, next_hop: hop }],
    },
  ]);
  assert.match(routers[0]!.link_local, /^fe80::/);
  assert.deepEqual(await ask(), [order], 'it keeps its addresses');
});

test('what a host says of its sessions is shown, and goes with the network', async (t) => {
  const { api, ask, act, shown, outside, speaker, peer } = await start(t);
  await ask();
  const sessions = [{ peer_id: peer.id, state: 'established', reason: '' }];
  const report = { speaker_id: speaker.id, network_id: outside.id, sessions };
  await ask('gw2', [report]);
  assert.deepEqual((await shown()).sessions, []);
  await ask('gw1', [report]);
  const [{ addresses, ...seen }] = (await shown()).sessions as unknown as [Record<string, unknown>];
  assert.deepEqual(seen, { host: 'gw1', network_id: outside.id, ...sessions[0] });
  assert.equal((addresses as string[]).length, 1);
  await act('remove_gateway_network', { network_id: outside.id });
  assert.deepEqual((await shown()).sessions, []);
  const { body } = await api.call('GET', '/v2.0/ports?device_owner=network:bgp_speaker');
  assert.deepEqual(body.ports, []);
  assert.deepEqual(await ask(), []);
});
