import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { api, idsOf, member, refused } from './harness.ts';

/** Networks for projects that do not care which. */
export function describeAutoAllocation(): void {
  const red = member('auto-red');
  const blue = member('auto-blue');
  const ask = (project: string, headers: Record<string, string>, query = '') =>
    api.call('GET', `/v2.0/auto-allocated-topology/${project}${query}`, undefined, headers);
  const remove = (path: string, headers: Record<string, string> = {}) =>
    api.call('DELETE', `/v2.0/${path}`, undefined, headers);
  const list = async (path: string, collection: string, headers: Record<string, string>) =>
    (await api.call('GET', `/v2.0/${path}`, undefined, headers)).body[collection] as Body[];

  describe('auto-allocated topologies', () => {
    let outside: Body;
    const pools: Body[] = [];
    before(async () => {
      outside = await api.make('network', { 'router:external': true });
      await api.make('subnet', { network_id: outside.id, ip_version: 6, cidr: '2001:db8:a0a0::/64' });
    });
    after(async () => {
      await remove(`networks/${outside.id}`);
      for (const { id } of pools) await remove(`subnetpools/${id}`);
    });

    it('need a default external network, and default pools that the project may use', async () => {
      const failure = (word: string, query = '') =>
        refused(() => ask('auto-red', red, query), 409, 'AutoAllocationFailure', word);
      for (const query of ['', '?fields=dry-run']) await failure('router:external', query);
      const path = `/v2.0/networks/${outside.id}`;
      await refused(
        () => api.call('PUT', path, { network: { is_default: true } }, red),
        403,
        'PolicyNotAuthorized',
      );
      assert.equal((await api.call('PUT', path, { network: { is_default: true } })).status, 200);
      await refused(
        () => api.call('POST', '/v2.0/networks', { network: { 'router:external': true, is_default: true } }),
        409,
        'DefaultExternalNetworkExists',
        String(outside.id),
      );
      // One that is not shared is as none.
      pools.push(await api.make('subnetpool', { name: 'own', prefixes: ['fd00:a0::/48'], is_default: true }));
      for (const query of ['', '?fields=dry-run']) await failure('subnetpools', query);
      await remove(`subnetpools/${pools.pop()!.id}`);
      for (const prefixes of [['fd00:a0::/48'], ['10.160.0.0/16']])
        pools.push(
          await api.make('subnetpool', {
            ...{ name: 'all', prefixes, is_default: true, shared: true },
            ...(prefixes[0]!.startsWith('10.') && { default_prefixlen: 24 }),
          }),
        );
      const { status, body } = await ask('auto-red', red, '?fields=dry-run');
      assert.deepEqual(
        [status, body.auto_allocated_topology],
        [200, { id: 'dry-run=pass', tenant_id: 'auto-red', project_id: 'auto-red' }],
      );
      assert.deepEqual(await list('networks?name=auto_allocated_network', 'networks', red), []);
    });

    it('are a network with subnets and a router, made once', async () => {
      const answers = await Promise.all([ask('auto-red', red), ask('None', red), ask('auto-red', {})]);
      const ids = new Set(answers.map(({ body }) => String(body.auto_allocated_topology?.id)));
      assert.deepEqual([ids.size, answers.map(({ status }) => status)], [1, [200, 200, 200]]);
      const [id] = ids;
      const [network, ...others] = await list('networks?name=auto_allocated_network', 'networks', red);
      assert.deepEqual([network?.id, network?.project_id, others.length], [id, 'auto-red', 0]);
      const subnets = await list(`subnets?network_id=${id}&sort_key=ip_version`, 'subnets', red);
      assert.deepEqual(
        subnets.map(({ name, ipv6_ra_mode, cidr }) => [name, ipv6_ra_mode, String(cidr).split('/')[1]]),
        [
          ['auto_allocated_subnet_v4', null, '24'],
          ['auto_allocated_subnet_v6', 'slaac', '64'],
        ],
      );
      const [router] = await list('routers?name=auto_allocated_router', 'routers', red);
      assert.equal((router?.external_gateway_info as unknown as Body).network_id, outside.id);
      const interfaces = await api.call('GET', `/v2.0/ports?device_id=${router?.id}`, undefined, red);
      assert.equal(idsOf(interfaces, 'ports').length, 2);
    });

    it('are their project’s, and made by members alone', async () => {
      const reader = { ...red, 'x-roles': 'reader' };
      await refused(() => ask('auto-red', blue), 403, 'PolicyNotAuthorized');
      await refused(() => ask('auto-blue', { ...blue, 'x-roles': 'reader' }), 403, 'PolicyNotAuthorized');
      assert.equal((await ask('auto-red', reader)).status, 200);
      await refused(() => remove('auto-allocated-topology/auto-red', reader), 403, 'PolicyNotAuthorized');
      await refused(() => ask('auto-red', red, '?fields=name'), 400, 'BadRequest');
    });

    it('are removed with all that they are, unless they are used', async () => {
      const { body } = await ask('auto-red', red);
      const port = await api.make('port', { network_id: body.auto_allocated_topology!.id }, red);
      await refused(() => remove('auto-allocated-topology/auto-red', red), 409, 'NetworkInUse');
      await remove(`ports/${port.id}`, red);
      for (const path of ['auto-red', 'None'])
        assert.equal((await remove(`auto-allocated-topology/${path}`, red)).status, 204);
      for (const path of ['networks', 'subnets', 'routers', 'ports'])
        assert.deepEqual(
          (await list(path, path, red)).filter(({ project_id }) => String(project_id) === 'auto-red'),
          [],
          path,
        );
    });

    it('leave nothing where a quota has no room, and begin anew when their network was deleted', async () => {
      await api.call('PUT', '/v2.0/quotas/auto-blue', { quota: { subnet: 1 } });
      await refused(() => ask('auto-blue', blue), 409, 'OverQuota', 'subnet');
      await api.call('DELETE', '/v2.0/quotas/auto-blue');
      const first = (await ask('auto-blue', blue)).body.auto_allocated_topology!.id;
      const [router] = await list('routers?name=auto_allocated_router', 'routers', blue);
      for (const { id: subnet_id } of await list(`subnets?network_id=${first}`, 'subnets', blue))
        await api.call('PUT', `/v2.0/routers/${router?.id}/remove_router_interface`, { subnet_id }, blue);
      assert.equal((await remove(`networks/${first}`, blue)).status, 204);
      assert.equal((await remove(`routers/${router?.id}`, blue)).status, 204);
      assert.notEqual((await ask('auto-blue', blue)).body.auto_allocated_topology!.id, first);
      assert.equal((await remove('auto-allocated-topology/auto-blue', blue)).status, 204);
    });
  });
}
