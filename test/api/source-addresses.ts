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
        [['fd00:a9fe:a9fe::/64'], 400, 'HTTPBadRequest', 'services'],
        [['fd00:a9fe::/32'], 400, 'HTTPBadRequest', 'services'],
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

    it('include delegated prefixes: unique-local ones, or those that an administrator gives', async () => {
      const network = await api.make('network', {}, member('red'));
      const port = await makePort({ network_id: network.id }, member('red'));
      const ask = (...prefixes: string[]) =>
        put(`ports/${port.id}`, { port: { delegated_prefixes: prefixes } }, member('red'));
      for (const prefix of ['2000::/16', '2001:db8:1::/56'])
        await refused(() => ask(prefix), 403, 'PolicyNotAuthorized', prefix, 'unique-local');
      assert.equal((await ask('fd00:77::/56')).status, 200);
      const given = { port: { delegated_prefixes: ['2001:db8:1::/56'] } };
      assert.equal((await put(`ports/${port.id}`, given)).status, 200);
      assert.equal((await ask('2001:db8:1::/57', 'fd00:77::/56')).status, 200, 'of what it was given');
    });

    it('include no delegated prefix of what a router there is attached to', async () => {
      const network = await api.make('network', { shared: true, project_id: 'red' });
      const attach = async (on: string, cidr: string, project: string) => {
        const subnet = await api.make('subnet', { network_id: on, ip_version: 6, cidr });
        const router = await api.make('router', { project_id: project });
        return { router: String(router.id), subnet: String(subnet.id) };
      };
      const add = (router: string, body: object) => put(`routers/${router}/add_router_interface`, body);
      const own = await attach(String(network.id), 'fd00:1::/64', 'red');
      const elsewhere = await api.make('network', { project_id: 'red' });
      const { subnet } = await attach(String(elsewhere.id), 'fd00:2::/64', 'red');
      for (const subnet_id of [own.subnet, subnet])
        assert.equal((await add(own.router, { subnet_id })).status, 200);
      const port = await makePort({ network_id: network.id }, member('red'));
      const ask = (prefix: string) =>
        put(`ports/${port.id}`, { port: { delegated_prefixes: [prefix] } }, member('red'));
      await refused(() => ask('fd00:2::/56'), 409, 'DelegatedPrefixInUse', subnet);

      // A guest's router, which is not led anywhere; what it is attached to is not told.
      const guest = await attach(
        String((await api.make('network', { project_id: 'blue' })).id),
        'fdbb::/48',
        'blue',
      );
      assert.equal((await add(guest.router, { subnet_id: guest.subnet })).status, 200);
      const foot = await makePort({ network_id: network.id, project_id: 'blue' });
      assert.equal((await add(guest.router, { port_id: foot.id })).status, 200);
      await refused(() => ask('fdbb:0:0:7::/64'), 409, 'DelegatedPrefixInUse', 'of another project');

      assert.equal((await ask('fd00:77::/56')).status, 200);
      const late = await attach(String(elsewhere.id), 'fd00:77:0:1::/64', 'red');
      await refused(
        () => add(own.router, { subnet_id: late.subnet }),
        409,
        'DelegatedPrefixInUse',
        'fd00:77::/56',
      );
    });

    it('include servers for DNS that an administrator names, or none', async () => {
      const network = await api.make('network', {}, member('red'));
      const ask = (servers: string[]) =>
        put(`networks/${network.id}`, { network: { dns_forwarders: servers } }, member('red'));
      await refused(() => ask(['fd00::53']), 403, 'PolicyNotAuthorized', 'dns_forwarders');
      assert.equal((await ask(['::'])).status, 200);
      const named = { network: { dns_forwarders: ['fd00::53'] } };
      assert.equal((await put(`networks/${network.id}`, named)).status, 200);
    });
  });
}
