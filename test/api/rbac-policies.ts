import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { absent, api, idsOf, member, post, refused, slaacModes } from './harness.ts';

/** What projects share with each other. */
export function describeRbacPolicies(): void {
  const red = member('rbac-red');
  const blue = member('rbac-blue');
  const green = member('rbac-green');

  const wish = (kind: string, id: unknown, target: string, action = 'access_as_shared') => ({
    object_type: kind,
    object_id: id,
    target_tenant: target,
    action,
  });
  const share = (kind: string, id: unknown, target = 'rbac-blue', headers: Record<string, string> = red) =>
    api.make('rbac_policy', wish(kind, id, target), headers);
  const get = (path: string, headers: Record<string, string>) =>
    api.call('GET', `/v2.0/${path}`, undefined, headers);
  const remove = (path: string, headers: Record<string, string> = red) =>
    api.call('DELETE', `/v2.0/${path}`, undefined, headers);
  const removed = async (path: string, headers: Record<string, string> = red) =>
    assert.equal((await remove(path, headers)).status, 204, path);
  /** Whether somebody sees it, in lists and alone alike. */
  const sees = async (path: string, collection: string, { id }: Body, headers: Record<string, string>) => {
    const listed = idsOf(await get(`${path}?id=${id}`, headers), collection).length === 1;
    const { status } = await get(`${path}/${id}`, headers);
    assert.equal(status, listed ? 200 : 404);
    return listed;
  };

  describe('RBAC policies', () => {
    it('let a project see a network with its subnets, and put ports on it', async () => {
      const network = await api.make('network', {}, red);
      const place = { network_id: network.id, ip_version: 6, cidr: 'fd00:61::/64', ...slaacModes };
      const subnet = await api.make('subnet', place, red);
      const port = { port: { network_id: network.id } };
      assert.equal((await post('ports', port, blue)).status, 404);
      const policy = await share('network', network.id);
      assert.deepEqual(
        ['object_type', 'object_id', 'target_tenant', 'action', 'project_id', 'tenant_id'].map((name) =>
          String(policy[name]),
        ),
        ['network', String(network.id), 'rbac-blue', 'access_as_shared', 'rbac-red', 'rbac-red'],
      );
      assert.equal(await sees('networks', 'networks', network, blue), true);
      assert.equal(await sees('subnets', 'subnets', subnet, blue), true);
      assert.equal(await sees('networks', 'networks', network, green), false);
      assert.equal(await sees('subnets', 'subnets', subnet, green), false);
      const made = await post('ports', port, blue);
      assert.equal(made.status, 201);
      assert.equal((await post('ports', port, green)).status, 404);
      // It is not its own: others change nothing of it.
      await refused(
        () => api.call('PUT', `/v2.0/networks/${network.id}`, { network: { name: 'mine' } }, blue),
        403,
        'PolicyNotAuthorized',
      );
      await refused(() => remove(`rbac-policies/${policy.id}`), 409, 'RbacPolicyInUse', 'rbac-blue');
      await removed(`ports/${made.body.port!.id}`, blue);
      await removed(`rbac-policies/${policy.id}`);
      assert.equal(await sees('networks', 'networks', network, blue), false);
      assert.equal(await sees('subnets', 'subnets', subnet, blue), false);
    });

    it('move to another project unless the first one needs them, and the revision of the thing moves', async () => {
      const network = await api.make('network', {}, red);
      const policy = await share('network', network.id);
      const revision = async () => (await get(`networks/${network.id}`, red)).body.network!.revision_number;
      const before = Number(await revision());
      assert.ok(before > Number(network.revision_number));
      const port = await api.make('port', { network_id: network.id }, blue);
      const retarget = (target_tenant: string) =>
        api.call('PUT', `/v2.0/rbac-policies/${policy.id}`, { rbac_policy: { target_tenant } }, red);
      await refused(() => retarget('rbac-green'), 409, 'RbacPolicyInUse', 'rbac-blue');
      await removed(`ports/${port.id}`, blue);
      assert.equal((await retarget('rbac-green')).status, 200);
      assert.equal(await sees('networks', 'networks', network, green), true);
      assert.equal(await sees('networks', 'networks', network, blue), false);
      assert.ok(Number(await revision()) > before);
      const twin = await share('network', network.id);
      await refused(() => retarget('rbac-blue'), 409, 'DuplicateRbacPolicy', String(twin.id));
      await removed(`networks/${network.id}`);
      assert.equal((await get(`rbac-policies/${policy.id}`, red)).status, 404);
    });

    it('are what `shared` and `router:external` of networks say, both ways', async () => {
      const network = await api.make('network', { shared: true, 'router:external': true });
      const policies = async () =>
        ((await get(`rbac-policies?object_id=${network.id}`, {})).body.rbac_policies as Body[])
          .map(({ action, target_tenant }) => `${action} ${target_tenant}`)
          .sort();
      const change = (changes: object) =>
        api.call('PUT', `/v2.0/networks/${network.id}`, { network: changes });
      assert.deepEqual(await policies(), ['access_as_external *', 'access_as_shared *']);
      assert.equal((await change({ shared: false, 'router:external': false })).status, 200);
      assert.deepEqual(await policies(), []);
      const own = await api.make(
        'rbac_policy',
        wish('network', network.id, 'rbac-blue', 'access_as_external'),
      );
      const seen = (await get(`networks/${network.id}`, blue)).body.network!;
      assert.deepEqual([seen['router:external'], seen.shared].map(String), ['true', 'false']);
      assert.equal(await sees('networks', 'networks', network, green), false);
      const router = await api.make('router', { external_gateway_info: { network_id: network.id } }, blue);
      // To see it is not to put ports on it.
      assert.equal((await post('ports', { port: { network_id: network.id } }, blue)).status, 404);
      await refused(() => remove(`rbac-policies/${own.id}`, {}), 409, 'RbacPolicyInUse', 'rbac-blue');
      await api.make('rbac_policy', wish('network', network.id, '*', 'access_as_external'));
      assert.equal((await remove(`rbac-policies/${own.id}`, {})).status, 204);
      assert.equal(await sees('networks', 'networks', network, green), true);
      await removed(`routers/${router.id}`, blue);
      await api.make('rbac_policy', wish('network', network.id, '*'));
      assert.equal(String((await get(`networks/${network.id}`, blue)).body.network!.shared), 'true');
      assert.equal((await change({ shared: false })).status, 200);
      assert.deepEqual(await policies(), ['access_as_external *']);
    });

    it('leave the default external network to everybody', async () => {
      const network = await api.make('network', { 'router:external': true, is_default: true });
      const [policy] = (await get(`rbac-policies?object_id=${network.id}`, {})).body.rbac_policies as Body[];
      const path = `rbac-policies/${policy?.id}`;
      await refused(() => remove(path, {}), 409, 'RbacPolicyInUse', 'is_default');
      const move = { rbac_policy: { target_tenant: 'rbac-blue' } };
      await refused(() => api.call('PUT', `/v2.0/${path}`, move), 409, 'RbacPolicyInUse', 'is_default');
      await api.call('PUT', `/v2.0/networks/${network.id}`, { network: { is_default: false } });
      assert.equal((await remove(path, {})).status, 204);
      await removed(`networks/${network.id}`, {});
    });

    it('make what is shared with one project `shared` for that one, in answers and filters', async () => {
      const network = await api.make('network', { name: 'told' }, red);
      const place = { network_id: network.id, ip_version: 6, cidr: 'fd00:62::/64', ...slaacModes };
      const subnet = await api.make('subnet', place, red);
      const asSeen = async (headers: Record<string, string>) =>
        String((await get(`networks/${network.id}`, headers)).body.network?.shared);
      const found = async (path: string, headers: Record<string, string>) =>
        idsOf(await get(path, headers), path.split('?')[0] ?? '').length;
      assert.equal(await found(`subnets?id=${subnet.id}&shared=true`, red), 0);
      await share('network', network.id);
      assert.deepEqual([await asSeen(blue), await asSeen(red), await asSeen({})], ['true', 'false', 'false']);
      const listed = await get(`networks?name=told&fields=id&fields=shared`, blue);
      assert.deepEqual(listed.body, { networks: [{ id: network.id, shared: true }] });
      for (const [kind, { id }] of [
        ['networks', network],
        ['subnets', subnet],
      ] as const) {
        const counts = [];
        for (const shared of ['shared=True', 'shared=false', 'shared=true&shared=false'])
          counts.push(await found(`${kind}?id=${id}&${shared}`, blue));
        assert.deepEqual(counts, [1, 0, 1], kind);
        assert.equal(await found(`${kind}?id=${id}&shared=true`, red), 0);
        assert.equal(await found(`${kind}?id=${id}&shared=false`, red), 1);
      }
      await refused(() => get('subnets?shared=perhaps', blue), 400, 'HTTPBadRequest', 'shared');
      await removed(`networks/${network.id}`);
    });

    it('share security groups: with ports, and as the other side of rules', async () => {
      const group = await api.make('security_group', { name: 'g' }, red);
      const network = await api.make('network', {}, blue);
      const port = { port: { network_id: network.id, security_groups: [group.id] } };
      await refused(() => post('ports', port, blue), 404, 'SecurityGroupNotFound');
      const policy = await share('security_group', group.id);
      assert.equal(await sees('security-groups', 'security_groups', group, blue), true);
      assert.equal(await sees('security-groups', 'security_groups', group, green), false);
      const made = await post('ports', port, blue);
      assert.equal(made.status, 201);
      const own = await api.make('security_group', { name: 'own' }, blue);
      const rule = (id: unknown) => ({
        security_group_rule: {
          security_group_id: id,
          direction: 'ingress',
          ethertype: 'IPv6',
          remote_group_id: group.id,
        },
      });
      await refused(() => post('security-group-rules', rule(group.id), blue), 404, 'SecurityGroupNotFound');
      const ruled = await post('security-group-rules', rule(own.id), blue);
      assert.equal(ruled.status, 201);
      await removed(`ports/${made.body.port!.id}`, blue);
      await refused(() => remove(`rbac-policies/${policy.id}`), 409, 'RbacPolicyInUse', 'rbac-blue');
      await removed(`security-group-rules/${ruled.body.security_group_rule!.id}`, blue);
      await removed(`rbac-policies/${policy.id}`);
    });

    it('share subnet pools and address groups', async () => {
      const pool = await api.make('subnetpool', { name: 'p', prefixes: ['fd00:62::/48'] }, red);
      const network = await api.make('network', {}, blue);
      const place = { subnet: { network_id: network.id, ip_version: 6, subnetpool_id: pool.id } };
      await refused(() => post('subnets', place, blue), 404, 'SubnetPoolNotFound');
      const ofPool = await share('subnetpool', pool.id);
      assert.equal(await sees('subnetpools', 'subnetpools', pool, blue), true);
      assert.equal((await post('subnets', place, blue)).status, 201);
      await refused(() => remove(`rbac-policies/${ofPool.id}`), 409, 'RbacPolicyInUse', 'rbac-blue');

      const addresses = await api.make('address_group', { name: 'a', addresses: ['fd00::1'] }, red);
      const ofAddresses = await share('address_group', addresses.id);
      assert.equal(await sees('address-groups', 'address_groups', addresses, blue), true);
      assert.equal(await sees('address-groups', 'address_groups', addresses, green), false);
      const own = await api.make('security_group', { name: 'own' }, blue);
      const rule = {
        security_group_id: own.id,
        direction: 'ingress',
        ethertype: 'IPv6',
        remote_address_group_id: addresses.id,
      };
      await api.make('security_group_rule', rule, blue);
      await refused(() => remove(`rbac-policies/${ofAddresses.id}`), 409, 'RbacPolicyInUse', 'rbac-blue');
      // With everybody, it is with blue as well.
      await share('address_group', addresses.id, '*', {});
      await removed(`rbac-policies/${ofAddresses.id}`);
    });

    it('are their owner’s, about what is its own; with everybody an administrator’s', async () => {
      const network = await api.make('network', {}, red);
      const ask = (request: object, headers: Record<string, string>) => () =>
        post('rbac-policies', { rbac_policy: request }, headers);
      await refused(ask(wish('network', network.id, 'rbac-green'), blue), 404, 'NetworkNotFound');
      await refused(ask(wish('network', absent, 'rbac-green'), red), 404, 'NetworkNotFound');
      const policy = await share('network', network.id);
      await refused(ask(wish('network', network.id, 'rbac-green'), blue), 400, 'InvalidInput');
      await refused(ask(wish('network', network.id, 'rbac-blue'), red), 409, 'DuplicateRbacPolicy');
      await refused(ask(wish('network', network.id, '*'), red), 403, 'PolicyNotAuthorized');
      const external = wish('network', network.id, 'rbac-green', 'access_as_external');
      await refused(ask(external, red), 403, 'PolicyNotAuthorized');
      const change = { rbac_policy: { target_tenant: '*' } };
      await refused(
        () => api.call('PUT', `/v2.0/rbac-policies/${policy.id}`, change, red),
        403,
        'PolicyNotAuthorized',
      );
      // Who is shared with does not see that it is.
      assert.equal(await sees('rbac-policies', 'rbac_policies', policy, blue), false);
      await refused(() => remove(`rbac-policies/${policy.id}`, blue), 404, 'RbacPolicyNotFound');
      for (const [request, word] of [
        [wish('planet', network.id, 'rbac-green'), 'object_type'],
        [wish('network', network.id, 'rbac-green', 'access_as_owner'), 'action'],
        [wish('network', 'x', 'rbac-green'), 'object_id'],
        ...['', ' ', '* ', '**', 'rbac green', '\uff0a', 'a'.repeat(256)].map(
          (target) => [wish('network', network.id, target), 'target_tenant'] as const,
        ),
      ] as const)
        await refused(ask(request, red), 400, 'HTTPBadRequest', word);
      const group = await api.make('security_group', { name: 'g' }, red);
      await refused(
        ask(wish('security_group', group.id, 'rbac-blue', 'access_as_external'), {}),
        400,
        'InvalidInput',
      );
      await api.call('PUT', '/v2.0/quotas/rbac-red', { quota: { rbac_policy: 1 } });
      await refused(ask(wish('network', network.id, 'rbac-green'), red), 409, 'OverQuota', 'rbac_policy');
      await api.call('DELETE', '/v2.0/quotas/rbac-red');
    });
  });
}
