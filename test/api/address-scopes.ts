import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { absent, api, member, post, refused, slaacModes } from './harness.ts';

/** Address scopes, and the subnet pools in them. */
export function describeAddressScopes(): void {
  const red = member('scopes-red');
  const blue = member('scopes-blue');

  const scope = (ip_version: 4 | 6 = 6, headers = red) =>
    api.make('address_scope', { name: 's', ip_version }, headers);
  const poolWish = (prefixes: string[], { id }: Body, wish: object = {}) => ({
    subnetpool: { name: 'p', prefixes, address_scope_id: id, ...wish },
  });
  const pool = async (prefixes: string[], of: Body, headers = red): Promise<Body> =>
    api.make('subnetpool', poolWish(prefixes, of).subnetpool, headers);
  const poolOutside = (prefix: string) => ({ name: 'p', prefixes: [prefix] });
  const get = async (path: string, name: string, headers: Record<string, string> = red) =>
    (await api.call('GET', `/v2.0/${path}`, undefined, headers)).body[name]!;
  const change = (path: string, body: object, headers: Record<string, string> = red) =>
    api.call('PUT', `/v2.0/${path}`, body, headers);
  const remove = (path: string, headers: Record<string, string> = red) =>
    api.call('DELETE', `/v2.0/${path}`, undefined, headers);
  const subnetOn = async (network: Body, { id }: Body, wish: object = { ip_version: 6, ...slaacModes }) =>
    post('subnets', { subnet: { network_id: network.id, subnetpool_id: id, ...wish } }, red);

  describe('address scopes', () => {
    it('are of one IP version, and have pools of it alone', async () => {
      await refused(
        () => post('address-scopes', { address_scope: { name: 's' } }, red),
        400,
        'HTTPBadRequest',
        'ip_version',
      );
      const made = await scope();
      assert.deepEqual(
        ['name', 'ip_version', 'shared', 'project_id', 'tenant_id'].map((name) => made[name]),
        ['s', 6, false, 'scopes-red', 'scopes-red'],
      );
      const four = poolWish(['10.0.0.0/8'], made);
      await refused(
        () => post('subnetpools', four, red),
        400,
        'IllegalSubnetPoolIpVersionAssociationToAddressScope',
        String(made.id),
      );
      await refused(
        () => post('subnetpools', poolWish(['fd01::/48'], { id: absent } as unknown as Body), red),
        404,
        'AddressScopeNotFound',
      );
      await refused(
        () => post('subnetpools', poolWish(['fd01::/48'], made), blue),
        404,
        'AddressScopeNotFound',
      );
      const held = await pool(['fd01::/48'], made);
      assert.equal(held.address_scope_id, made.id);
      await refused(() => remove(`address-scopes/${made.id}`), 409, 'AddressScopeInUse', String(held.id));
      const out = await change(`subnetpools/${held.id}`, { subnetpool: { address_scope_id: null } });
      assert.equal(out.status, 200);
      assert.equal((await remove(`address-scopes/${made.id}`)).status, 204);
    });

    it('have no prefix in two pools, whichever way one comes in', async () => {
      const made = await scope();
      const one = await pool(['fd02:1::/48', 'fd02:2::/48'], made);
      const conflicts = (request: () => ReturnType<typeof post>, prefix: string) =>
        refused(request, 409, 'AddressScopePrefixConflict', prefix);
      for (const prefix of ['fd02:2:0:5::/64', 'fd02::/16', 'fd02:1::/48'])
        await conflicts(() => post('subnetpools', poolWish([prefix], made), red), prefix);
      const other = await pool(['fd02:3::/48'], made);
      const prefixes = ['fd02:2::/56'];
      await conflicts(() => change(`subnetpools/${other.id}/add_prefixes`, { prefixes }), 'fd02:2::/56');
      await conflicts(
        () => change(`subnetpools/${other.id}`, { subnetpool: { prefixes: ['fd02:3::/48', ...prefixes] } }),
        'fd02:2::/56',
      );
      const apart = await api.make('subnetpool', { name: 'p', prefixes }, red);
      await conflicts(
        () => change(`subnetpools/${apart.id}`, { subnetpool: { address_scope_id: made.id } }),
        'fd02:2::/56',
      );
      const network = await api.make('network', {}, red);
      const wish = { network_id: network.id, ip_version: 6, cidr: 'fd02:1:0:7::/64' };
      assert.equal((await post('subnets', { subnet: wish }, red)).status, 201);
      await conflicts(
        () => change(`subnetpools/${other.id}/onboard_network_subnets`, { network_id: network.id }),
        'fd02:1:0:7::/64',
      );
      // Elsewhere the same prefix means something else.
      assert.equal((await post('subnetpools', poolWish(['fd02:1::/48'], await scope()), red)).status, 201);
      const grown = await change(`subnetpools/${one.id}/add_prefixes`, { prefixes: ['fd02:4::/48'] });
      assert.equal(grown.status, 200);
    });

    it('are those of a network, one for each IP version', async () => {
      const six = await scope();
      const four = await scope(4);
      const network = await api.make('network', {}, red);
      const scopes = async () => {
        const seen = await get(`networks/${network.id}`, 'network');
        return [seen.ipv4_address_scope, seen.ipv6_address_scope];
      };
      assert.deepEqual([network.ipv4_address_scope, network.ipv6_address_scope], [null, null]);
      const first = await pool(['fd03:1::/48'], six);
      const second = await pool(['fd03:2::/48'], six);
      assert.equal((await subnetOn(network, first)).status, 201);
      assert.deepEqual(await scopes(), [null, six.id]);
      // Two pools of one scope may be on one network, others may not.
      assert.equal((await subnetOn(network, second)).status, 201);
      const ofFour = await pool(['10.0.0.0/8'], four);
      const { status } = await subnetOn(network, ofFour, { ip_version: 4, prefixlen: 24 });
      assert.equal(status, 201);
      assert.deepEqual(await scopes(), [four.id, six.id]);
      const foreign = await pool(['fd03:3::/48'], await scope());
      await refused(() => subnetOn(network, foreign), 400, 'NetworkAddressScopeAffinityError');
      const none = { network_id: network.id, ip_version: 6, cidr: 'fd03:4::/64' };
      await refused(() => post('subnets', { subnet: none }, red), 400, 'NetworkSubnetPoolAffinityError');
      // A pool leaves a scope with all that its networks have, or not at all.
      const leave = (id: unknown) => change(`subnetpools/${id}`, { subnetpool: { address_scope_id: null } });
      await refused(() => leave(first.id), 400, 'NetworkAddressScopeAffinityError');
      assert.equal((await leave(ofFour.id)).status, 200);
      assert.deepEqual(await scopes(), [null, six.id]);
    });

    it('are shared: with a project, or with everybody for good', async () => {
      const made = await scope();
      const path = `address-scopes/${made.id}`;
      const sees = async () => (await api.call('GET', `/v2.0/${path}`, undefined, blue)).status === 200;
      const share = (kind: string, { id }: Body, headers: Record<string, string> = red) => {
        const action = 'access_as_shared';
        const policy = { object_type: kind, object_id: id, target_tenant: 'scopes-blue', action };
        return post('rbac-policies', { rbac_policy: policy }, headers);
      };
      const own = await pool(['fd04:1::/48'], made);
      assert.equal(await sees(), false);
      await refused(() => share('subnetpool', own), 400, 'RbacPolicyInitError', String(made.id));
      const { body } = await share('address_scope', made);
      assert.equal(await sees(), true);
      assert.equal((await share('subnetpool', own)).status, 201);
      const theirs = await pool(['fd04:2::/48'], made, blue);
      await refused(
        () => remove(`rbac-policies/${body.rbac_policy?.id}`),
        409,
        'RbacPolicyInUse',
        'scopes-blue',
      );
      assert.equal((await remove(`subnetpools/${theirs.id}`, blue)).status, 204);
      await refused(() => change(path, { address_scope: { shared: true } }), 403, 'PolicyNotAuthorized');
      assert.equal((await change(path, { address_scope: { shared: true } }, {})).status, 200);
      const unshared = () => change(path, { address_scope: { shared: false } }, {});
      await refused(unshared, 400, 'AddressScopeUpdateError', String(made.id));
      assert.equal((await change(path, { address_scope: { name: 'mine' } }, blue)).status, 403);
    });

    it('are shared with all that their pools are shared with, whatever came first', async () => {
      const share = (kind: string, { id }: Body, target: string, headers: Record<string, string> = red) =>
        post(
          'rbac-policies',
          {
            rbac_policy: {
              ...{ object_type: kind, object_id: id, target_tenant: target, action: 'access_as_shared' },
            },
          },
          headers,
        );
      const enter = ({ id }: Body, into: Body) =>
        change(`subnetpools/${id}`, { subnetpool: { address_scope_id: into.id } });
      const [made, outside] = [await scope(), await api.make('subnetpool', poolOutside('fd05:1::/48'), red)];
      const ofPool = (await share('subnetpool', outside, 'scopes-blue')).body.rbac_policy!;
      const associates = 'IllegalSubnetPoolAssociationToAddressScope';
      await refused(() => enter(outside, made), 400, associates, 'scopes-blue', String(made.id));
      const ofScope = (await share('address_scope', made, 'scopes-blue')).body.rbac_policy!;
      assert.equal((await enter(outside, made)).status, 200);
      // Not taken away, nor given to another, while the pool is shared.
      const path = `rbac-policies/${ofScope.id}`;
      await refused(() => remove(path), 409, 'RbacPolicyInUse', 'scopes-blue');
      const elsewhere = { rbac_policy: { target_tenant: 'scopes-green' } };
      await refused(() => change(path, elsewhere), 409, 'RbacPolicyInUse', 'scopes-blue');
      await refused(
        () => change(`rbac-policies/${ofPool.id}`, elsewhere),
        400,
        'RbacPolicyInitError',
        String(made.id),
      );
      assert.equal((await remove(`rbac-policies/${ofPool.id}`)).status, 204);
      assert.equal((await remove(path)).status, 204);
      // With everybody, likewise.
      const forAll = poolWish(['fd05:2::/48'], made, { shared: true });
      await refused(() => post('subnetpools', forAll), 400, associates, '*');
      const scopeForAll = (await share('address_scope', made, '*', {})).body.rbac_policy!;
      assert.equal((await post('subnetpools', forAll)).status, 201);
      await refused(() => remove(`rbac-policies/${scopeForAll.id}`, {}), 409, 'RbacPolicyInUse');
    });

    it('have a quota', async () => {
      const few = { quota: { address_scope: 1 } };
      assert.equal((await change('quotas/scopes-few', few, {})).status, 200);
      const owner = member('scopes-few');
      await scope(6, owner);
      const another = { address_scope: { name: 's', ip_version: 6 } };
      await refused(() => post('address-scopes', another, owner), 409, 'OverQuota', 'address_scope');
      assert.equal((await remove('quotas/scopes-few', {})).status, 204);
    });
  });
}
