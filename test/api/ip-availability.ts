import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { absent, api, member, refused, slaacModes } from './harness.ts';

/** How many addresses networks have. */
export function describeIpAvailability(): void {
  describe('network IP availability', () => {
    it('counts the addresses of pools, and those that are given', async () => {
      const network = await api.make('network', { name: 'counted' });
      const on = { network_id: network.id };
      const four = await api.make('subnet', { ...on, ip_version: 4, cidr: '10.0.0.0/24' });
      await api.make('subnet', { ...on, ip_version: 6, cidr: 'fd00:73::/64', ...slaacModes });
      await api.make('port', on);
      const path = `/v2.0/network-ip-availabilities`;
      const { network_ip_availability: one } = (await api.call('GET', `${path}/${network.id}`)).body;
      assert.deepEqual([one?.network_name, Number(one?.used_ips)], ['counted', 2]);
      // As near as this test's numbers come; the answer has all digits.
      assert.equal(Number(one?.total_ips), 253 + 2 ** 64);
      const listed = await api.call('GET', `${path}?network_id=${network.id}&ip_version=4`);
      const [only] = listed.body.network_ip_availabilities as unknown as Body[];
      const [subnet] = only?.subnet_ip_availability as unknown as Record<string, unknown>[];
      assert.deepEqual(subnet, {
        subnet_id: four.id,
        subnet_name: '',
        cidr: '10.0.0.0/24',
        ip_version: 4,
        total_ips: 253,
        used_ips: 1,
      });
      const asMember = () => api.call('GET', path, undefined, member('counted'));
      await refused(asMember, 403, 'PolicyNotAuthorized');
      await refused(() => api.call('GET', `${path}/${absent}`), 404, 'NetworkNotFound', absent);
    });
  });
}
