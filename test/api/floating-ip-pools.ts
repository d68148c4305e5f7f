/** Where floating IPs come from, in the API. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { api, member, refused } from './harness.ts';

export function describeFloatingIpPools(): void {
  describe('floating IP pools', () => {
    const red = member('pools-red');
    const list = async (query: string, headers?: Record<string, string>): Promise<Body[]> =>
      (await api.call('GET', `/v2.0/floatingip_pools?${query}`, undefined, headers)).body
        .floatingip_pools as unknown as Body[];

    it('are the subnets of external networks, of both versions of IP', async () => {
      const outside = await api.make('network', { 'router:external': true });
      const on = { network_id: outside.id };
      const four = await api.make('subnet', { ...on, name: 'four', ip_version: 4, cidr: '192.0.2.0/24' });
      const six = await api.make('subnet', { ...on, ip_version: 6, cidr: '2001:db8:9::/64' });
      await api.make('subnet', {
        ...{ ...on, ip_version: 4, cidr: '203.0.113.0/24', service_types: ['compute:nova'] },
      });
      const pools = await list(`network_id=${outside.id}`, red);
      assert.deepEqual(
        pools.map(({ subnet_id }) => subnet_id),
        [four.id, six.id].sort(),
        'but those for other ports',
      );
      assert.deepEqual(await list(`subnet_id=${four.id}`, red), [
        {
          ...{ subnet_id: four.id, subnet_name: 'four', network_id: outside.id, cidr: '192.0.2.0/24' },
          ...{ tenant_id: 'pools-red', project_id: 'pools-red' },
        },
      ]);
      const of = { floating_network_id: outside.id, subnet_id: pools[0]?.subnet_id };
      const made = await api.make('floatingip', of, red);
      assert.equal(made.floating_network_id, outside.id);
      assert.deepEqual(await list(`subnet_id=${four.id}&fields=cidr`, red), [{ cidr: '192.0.2.0/24' }]);
      const hyphened = await api.call('GET', '/v2.0/floatingip-pools.json', undefined, red);
      assert.equal(hyphened.status, 200, 'in the spelling of clients, too');
    });

    it('are not what is inside, nor what is another project’s', async () => {
      const inside = await api.make('network', {}, red);
      await api.make('subnet', { network_id: inside.id, ip_version: 4, cidr: '10.0.0.0/24' }, red);
      assert.deepEqual(await list(`network_id=${inside.id}`, red), []);
      const hidden = await api.make('network', { 'router:external': true });
      await api.make('subnet', { network_id: hidden.id, ip_version: 4, cidr: '192.0.2.0/24' });
      const policies = await api.call('GET', `/v2.0/rbac-policies?object_id=${hidden.id}`);
      const [policy] = policies.body.rbac_policies as unknown as Body[];
      await api.call('PUT', `/v2.0/rbac-policies/${policy?.id}`, {
        rbac_policy: { target_tenant: 'pools-blue' },
      });
      assert.equal((await list(`network_id=${hidden.id}`, member('pools-blue'))).length, 1);
      assert.equal((await list(`network_id=${hidden.id}`)).length, 1, 'administrators see it');
      assert.deepEqual(await list(`network_id=${hidden.id}`, red), []);
    });

    it('know their filters', async () => {
      const path = '/v2.0/floatingip_pools?colour=red';
      await refused(() => api.call('GET', path), 400, 'HTTPBadRequest', 'colour', 'subnet_name');
    });
  });
}
