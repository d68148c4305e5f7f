/** What hosts report of prefixes that providers delegate: each of the routers that may be on it, as often as it likes. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import Fastify from 'fastify';
import { type Body, startTestApi, type TestApi } from '../../test/support/api.ts';
import { HOST_API } from '../host-contract/index.ts';
import type { HostCaller } from './host-caller.ts';
import { addPrefixDelegations } from './prefix-delegations.ts';

const LEASE = { iaid: 1, prefix: '2001:db8:a::/56', preferred_until: 4_000_000_000, valid_until: null };

/** The API of hosts, and a router with a subnet whose gateway `gw1` may have. */
async function start(t: TestContext) {
  const api = await startTestApi();
  const hostApi = Fastify();
  let caller: HostCaller = { chassis: 'gw1' };
  addPrefixDelegations(hostApi, api.store, { callerOf: () => caller, permitted: async () => new Set() });
  t.after(async () => {
    await hostApi.close();
    await api.close();
  });
  const outside = await api.make('network', { 'router:external': true });
  const router = await api.make('router', { external_gateway_info: { network_id: outside.id } });
  const subnet = await followingSubnet(api);
  const interfaces = (verb: 'add' | 'remove') =>
    api.call('PUT', `/v2.0/routers/${router.id}/${verb}_router_interface`, { subnet_id: subnet.id });
  assert.equal((await interfaces('add')).status, 200);
  await api.store.transaction(async (tx) => {
    const port = await tx.db.selectFrom('routers').select('gateway_port_id').executeTakeFirstOrThrow();
    const gateway = { router_id: String(router.id), gateway_port_id: String(port.gateway_port_id) };
    const place = { ...gateway, chassis: 'gw1', host: 'gw1', place: 0, reason: '' };
    await tx.db.insertInto('gateway_hosts').values(place).execute();
  });
  const post = async (path: string, body: object, as: HostCaller = { chassis: 'gw1' }) => {
    caller = as;
    const answer = await hostApi.inject({ method: 'POST', url: path, payload: body });
    return { status: answer.statusCode, body: answer.json() as Record<string, unknown> };
  };
  const report = (delegated: object[], as?: HostCaller, host = 'gw1') => {
    const routers = [{ router_id: router.id, delegated, server: '0003', reason: '' }];
    return post(HOST_API.prefixDelegations, { host, routers }, as);
  };
  const shown = async (): Promise<Body> =>
    (await api.call('GET', `/v2.0/subnets/${subnet.id}`)).body.subnet as Body;
  return { api, router, outside, interfaces, post, report, shown };
}

const followingSubnet = async (api: TestApi): Promise<Body> =>
  api.make('subnet', {
    network_id: (await api.make('network', {})).id,
    ...{ ip_version: 6, subnetpool_id: 'prefix_delegation' },
    ...{ ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' },
  });

test('a host that may have the gateway is believed, others are not', async (t) => {
  const { report, shown, router } = await start(t);
  assert.deepEqual((await report([LEASE], { chassis: 'gw2' })).body, { denied: [router.id] });
  assert.deepEqual((await report([LEASE], { chassis: 'gw2' }, 'gw1')).body, { denied: [router.id] });
  assert.equal((await shown()).cidr, '::/64');
  assert.deepEqual((await report([LEASE])).body, { denied: [] });
  const { cidr, prefix_preferred_until: preferred, prefix_valid_until: valid } = await shown();
  assert.deepEqual([cidr, preferred, valid], ['2001:db8:a::/64', '2096-10-02T07:06:40Z', null]);
  // The one on the service's machine says which it is.
  assert.deepEqual((await report([], 'this machine', 'gw2')).body, { denied: [router.id] });
  assert.deepEqual((await report([], 'this machine')).body, { denied: [] });
  assert.equal((await shown()).cidr, '::/64');
});

test('to say it again changes nothing', async (t) => {
  const { api, report, shown } = await start(t);
  await report([LEASE]);
  const { revision_number: before } = await shown();
  const journal = () => api.store.read.selectFrom('journal').selectAll().execute();
  const entries = (await journal()).length;
  for (let count = 0; count < 3; count++) assert.equal((await report([LEASE])).status, 200);
  assert.equal((await shown()).revision_number, before);
  assert.equal((await journal()).length, entries);
});

test('what makes no sense, or is too much, is refused', async (t) => {
  const { report, shown } = await start(t);
  for (const wrong of [
    { ...LEASE, iaid: 0 },
    { ...LEASE, prefix: '2001:db8::1/64' },
    { ...LEASE, valid_until: 1e15 },
  ])
    assert.ok((await report([wrong])).status >= 400, JSON.stringify(wrong));
  const many = Array.from({ length: 65 }, (_, index) => ({ ...LEASE, prefix: `2001:db8:${index + 1}::/56` }));
  assert.ok((await report(many)).status >= 400);
  assert.equal((await shown()).cidr, '::/64');
});

test('a router is wanted a prefix for while it has a subnet for it, by the network that it leads to', async (t) => {
  const { post, router, outside, interfaces } = await start(t);
  const unwanted = async (network_id: unknown, router_id: unknown = router.id) =>
    (await post(HOST_API.unwantedDelegations, { routers: [{ router_id, network_id }] })).body.unwanted;
  const absent = '00000000-0000-4000-8000-000000000000';
  assert.deepEqual(await unwanted(outside.id), []);
  assert.deepEqual(await unwanted(absent), [router.id]);
  assert.deepEqual(await unwanted(outside.id, absent), [absent]);
  assert.equal((await interfaces('remove')).status, 200);
  assert.deepEqual(await unwanted(outside.id), [router.id]);
});
