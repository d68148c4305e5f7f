import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { api, member, post, refused } from './harness.ts';

const put = (path: string, body: unknown, headers?: Record<string, string>) =>
  api.call('PUT', `/v2.0/${path}`, body, headers);

/** What ports may send from, and what is routed to them. */
export function describeSourceAddresses(): void {
  describe('source addresses', () => {
    const makePort = (wish: object, headers?: Record<string, string>) => api.make('port', wish, headers);

    it('have a policy on the network, and another on the port that wants one', async () => {
      const open = await api.make('network', {});
      const strict = await api.make('network', { address_policy: 'strict' });
      assert.deepEqual([open.address_policy, strict.address_policy], ['prefix', 'strict']);
      const port = await makePort({ network_id: strict.id });
      assert.deepEqual([port.address_policy, port.device_role, port.learned_addresses], [null, 'host', []]);
      const { body } = await put(`ports/${port.id}`, { port: { address_policy: 'prefix' } });
      assert.equal((body.port as Body).address_policy, 'prefix');
      await refused(
        () => post('networks', { network: { address_policy: 'any' } }),
        400,
        'HTTPBadRequest',
        'address_policy',
        'prefix',
        'strict',
      );
      await refused(
        () => put(`ports/${port.id}`, { port: { learned_addresses: ['fd00::1'] } }),
        400,
        'HTTPBadRequest',
        'learned_addresses',
      );
    });

    it('are loosened by the owner of the network alone', async () => {
      const shared = await api.make('network', { shared: true });
      const port = await makePort({ network_id: shared.id }, member('blue'));
      for (const wish of [
        { device_role: 'router' },
        { address_policy: 'prefix' },
        { delegated_prefixes: ['2001:db8:1::/56'] },
      ]) {
        const [attribute = ''] = Object.keys(wish);
        await refused(
          () => put(`ports/${port.id}`, { port: wish }, member('blue')),
          403,
          'PolicyNotAuthorized',
          attribute,
        );
        assert.equal((await put(`ports/${port.id}`, { port: wish })).status, 200);
      }
      const strict = await put(`ports/${port.id}`, { port: { address_policy: 'strict' } }, member('blue'));
      assert.equal(strict.status, 200);
    });

    it('include delegated prefixes, each of which one port of a network has', async () => {
      const network = await api.make('network', {});
      await api.make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00:1::/64' });
      const wish = { network_id: network.id, delegated_prefixes: ['2001:db8:1::/56', 'fd00:2::/64'] };
      const port = await makePort(wish);
      assert.deepEqual(port.delegated_prefixes, wish.delegated_prefixes);
      assert.equal(
        (await put(`ports/${port.id}`, { port: { delegated_prefixes: ['2001:db8:1::/57'] } })).status,
        200,
      );
      for (const [prefixes, status, type, message] of [
        [['2001:db8:1:40::/60'], 409, 'DelegatedPrefixInUse', `2001:db8:1::/57 of port ${port.id}`],
        [['fd00:1::/64'], 409, 'DelegatedPrefixInUse', 'of subnet'],
        [['10.0.0.0/24'], 400, 'HTTPBadRequest', 'delegated_prefixes[0]'],
        [['2001:db8:9::/65'], 400, 'HTTPBadRequest', '/64'],
        [['fe80::/64'], 400, 'HTTPBadRequest', 'link-local'],
        [['2001:db8:9::/56', '2001:db8:9:1::/64'], 400, 'HTTPBadRequest', 'delegated_prefixes[1]'],
      ] as const) {
        const request = { port: { network_id: network.id, delegated_prefixes: prefixes } };
        await refused(() => post('ports', request), status, type, message);
      }
      const other = await api.make('network', {});
      await makePort({ network_id: other.id, delegated_prefixes: ['2001:db8:1::/57'] });
    });
  });
}
