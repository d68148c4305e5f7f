import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api, member, post, refused } from './harness.ts';

/** How much projects may have. */
export function describeQuotas(): void {
  const path = (project: string, below = '') => `/v2.0/quotas/${project}${below}`;
  const set = (project: string, quota: object) => api.call('PUT', path(project), { quota });
  const limit = async (project: string, quota: object) =>
    assert.equal((await set(project, quota)).status, 200);
  const usage = async (project: string, resource: string) =>
    (await api.call('GET', path(project, '/details'))).body.quota![resource];
  const remove = async (what: string, headers: Record<string, string>) =>
    assert.equal((await api.call('DELETE', `/v2.0/${what}`, undefined, headers)).status, 204);

  describe('quotas', () => {
    it('are those of all until some are set, and again when these are deleted', async () => {
      const usual = await api.call('GET', path('quota-a'));
      assert.deepEqual(usual.body.quota, (await api.call('GET', path('quota-a', '/default'))).body.quota);
      assert.equal(Number(usual.body.quota!.network), -1);
      const changed = await set('quota-a', { network: '7', port: -1 });
      assert.deepEqual(changed.body.quota, Object.assign({}, usual.body.quota, { network: 7 }));
      assert.deepEqual((await api.call('GET', path('quota-a'))).body, changed.body);
      const all = (await api.call('GET', '/v2.0/quotas')).body.quotas!;
      assert.deepEqual(
        all.find(({ project_id }) => String(project_id) === 'quota-a'),
        Object.assign({}, changed.body.quota, { project_id: 'quota-a', tenant_id: 'quota-a' }),
      );
      assert.equal((await api.call('DELETE', path('quota-a'))).status, 204);
      assert.deepEqual((await api.call('GET', path('quota-a'))).body, usual.body);
      await refused(() => api.call('DELETE', path('quota-a')), 404, 'TenantQuotaNotFound', 'quota-a');
    });

    it('hold what a project makes, alone and in bulk, and leave room again when some goes', async () => {
      const headers = member('quota-b');
      await limit('quota-b', { network: 2 });
      const first = await api.make('network', {}, headers);
      await refused(
        () => post('networks', { networks: [{}, {}] }, headers),
        409,
        'OverQuota',
        'network',
        'quota-b',
        '2',
      );
      await api.make('network', {}, headers);
      await refused(() => post('networks', { network: {} }, headers), 409, 'OverQuota');
      // An administrator makes it for the project: it is the project's all the same.
      await refused(() => post('networks', { network: { project_id: 'quota-b' } }), 409, 'OverQuota');
      assert.deepEqual(await usage('quota-b', 'network'), { limit: 2, used: 2, reserved: 0 });
      await remove(`networks/${first.id}`, headers);
      await api.make('network', {}, headers);
    });

    it('count every kind, also what goes along with something else', async () => {
      const headers = member('quota-c');
      const used = async () => {
        const { quota } = (await api.call('GET', path('quota-c', '/details'))).body;
        return Object.fromEntries(Object.entries(quota!).map(([name, { used }]) => [name, Number(used)]));
      };
      const network = await api.make('network', {}, headers);
      const wish = { network_id: network.id, ip_version: 6 };
      const pool = await api.make('subnetpool', { name: 'p', prefixes: ['fd00:51::/48'] }, headers);
      const subnet = await api.make('subnet', { ...wish, subnetpool_id: pool.id }, headers);
      await api.make('port', { network_id: network.id }, headers);
      const router = await api.make('router', {}, headers);
      await api.call(
        'PUT',
        `/v2.0/routers/${router.id}/add_router_interface`,
        { subnet_id: subnet.id },
        headers,
      );
      const group = await api.make('security_group', { name: 'g' }, headers);
      await api.make(
        'security_group_rule',
        { security_group_id: group.id, direction: 'ingress', ethertype: 'IPv6' },
        headers,
      );
      const policy = await api.make('policy', { name: 'q' }, headers);
      // The default group has four rules, another begins with two.
      assert.deepEqual(await used(), {
        network: 1,
        subnet: 1,
        subnetpool: 1,
        port: 2,
        router: 1,
        floatingip: 0,
        security_group: 2,
        security_group_rule: 7,
        policy: 1,
        rbac_policy: 0,
        trunk: 0,
        address_scope: 0,
        ...{ instance: 0, anycast_address: 0, address_group: 0, ndp_proxy: 0, nptv6_translation: 0 },
      });
      await remove(`security-groups/${group.id}`, headers);
      await remove(`qos/policies/${policy.id}`, headers);
      await api.call(
        'PUT',
        `/v2.0/routers/${router.id}/remove_router_interface`,
        { subnet_id: subnet.id },
        headers,
      );
      for (const port of (await api.call('GET', '/v2.0/ports?fields=id', undefined, headers)).body.ports!)
        await remove(`ports/${port.id}`, headers);
      await remove(`networks/${network.id}`, headers);
      assert.deepEqual(await used(), {
        network: 0,
        subnet: 0,
        subnetpool: 1,
        port: 0,
        router: 1,
        floatingip: 0,
        security_group: 1,
        security_group_rule: 4,
        policy: 0,
        rbac_policy: 0,
        trunk: 0,
        address_scope: 0,
        ...{ instance: 0, anycast_address: 0, address_group: 0, ndp_proxy: 0, nptv6_translation: 0 },
      });
    });

    it('hold what instances are told, their anycast addresses, and groups of addresses', async () => {
      const headers = member('quota-f');
      const { id: router_id } = await api.make('router', {}, headers);
      for (const [name, path, wish] of [
        ['instance', 'instances', {}],
        ['anycast_address', 'anycast-addresses', { router_id, address: 'fd00:aa::1' }],
        ['address_group', 'address-groups', { name: 'a' }],
      ] as const) {
        await limit('quota-f', { [name]: 1 });
        const { id } = await api.make(name, wish, headers);
        const another = { ...wish, ...(name === 'anycast_address' && { address: 'fd00:aa::2' }) };
        await refused(() => post(path, { [name]: another }, headers), 409, 'OverQuota', name);
        await remove(`${path}/${id}`, headers);
        await api.make(name, another, headers);
      }
    });

    it('hold the rules that a security group begins with', async () => {
      const headers = member('quota-d');
      await limit('quota-d', { security_group_rule: 5 });
      await api.call('GET', '/v2.0/security-groups', undefined, headers);
      await refused(
        () => post('security-groups', { security_group: { name: 'g' } }, headers),
        409,
        'OverQuota',
        'security_group_rule',
      );
    });

    it('may be less than what there is, unless that is to be checked', async () => {
      const headers = member('quota-e');
      await api.make('network', {}, headers);
      await api.make('network', {}, headers);
      await refused(
        () => set('quota-e', { network: 1, check_limit: true }),
        400,
        'HTTPBadRequest',
        'network',
        '1',
        '2',
      );
      await limit('quota-e', { network: 2, check_limit: 'True' });
      await limit('quota-e', { network: 1, force: true });
      assert.deepEqual(await usage('quota-e', 'network'), { limit: 1, used: 2, reserved: 0 });
      await refused(() => post('networks', { network: {} }, headers), 409, 'OverQuota');
    });

    it('are an administrator’s to change, and the own ones a member’s to see', async () => {
      const headers = member('quota-f');
      const call = (method: 'GET' | 'PUT' | 'DELETE', below: string, body?: object) =>
        api.call(method, `/v2.0/quotas${below}`, body, headers);
      assert.equal((await call('GET', '/quota-f')).status, 200);
      assert.equal((await call('GET', '/quota-f/details.json')).status, 200);
      assert.equal(String((await call('GET', '/tenant')).body.tenant!.tenant_id), 'quota-f');
      const changes = { quota: { network: 1 } };
      for (const request of [
        () => call('GET', ''),
        () => call('GET', '/quota-a'),
        () => call('GET', '/quota-a/details'),
        () => call('GET', '/quota-a/default'),
        () => call('PUT', '/quota-f', changes),
        () => call('DELETE', '/quota-f'),
      ])
        await refused(request, 403, 'PolicyNotAuthorized');
    });

    it('are numbers, of what there is', async () => {
      for (const [quota, word] of [
        [{ network: -2 }, 'network'],
        [{ network: 'many' }, 'network'],
        [{ network: 2 ** 31 }, 'network'],
        [{ planet: 3 }, 'planet'],
        [{ constructor: 3 }, 'constructor'],
        [{ check_limit: 'perhaps' }, 'check_limit'],
      ] as const)
        await refused(() => set('quota-g', quota), 400, 'HTTPBadRequest', word);
      for (const body of [undefined, [], { quota: 3 }, { network: 3 }])
        await refused(() => api.call('PUT', path('quota-g'), body), 400, 'HTTPBadRequest');
    });
  });
}
