import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Address, Prefix } from '../../src/addressing/index.ts';
import { learnAddresses } from '../../src/resources/port/learned-addresses.ts';
import { askingsOf, recordDelegations } from '../../src/resources/router/prefix-delegation/follow.ts';
import type { Body } from '../support/api.ts';
import { api, post, refused, slaacModes } from './harness.ts';

const LATER = '2099-01-01T00:00:00Z';
const put = (path: string, body: unknown) => api.call('PUT', `/v2.0/${path}`, body);

/** Subnets whose prefix a provider delegates to their router. */
export function describeDelegatedSubnets(): void {
  const network = () => api.make('network', {});
  const subnetOn = async (on: Body, wish: object = {}): Promise<Body> =>
    api.make('subnet', {
      network_id: on.id,
      ip_version: 6,
      subnetpool_id: 'prefix_delegation',
      ...slaacModes,
      ...wish,
    });
  const show = async (kind: string, { id }: Body): Promise<Body> => {
    const { body } = await api.call('GET', `/v2.0/${kind}s/${id}`);
    return body[kind] as Body;
  };
  const addressesOf = async (port: Body): Promise<string[]> =>
    ((await show('port', port)).fixed_ips as Body[]).map(({ ip_address }) => String(ip_address));
  const interfaces = async (verb: 'add' | 'remove', router: Body, subnet: Body): Promise<Body> => {
    const { status, body } = await put(`routers/${router.id}/${verb}_router_interface`, {
      subnet_id: subnet.id,
    });
    assert.equal(status, 200, JSON.stringify(body));
    return body as unknown as Body;
  };
  const routerOutside = async (): Promise<Body> => {
    const outside = await api.make('network', { 'router:external': true });
    return api.make('router', { external_gateway_info: { network_id: outside.id } });
  };
  /** What a host reports. */
  const told = (
    router: Body,
    delegated: readonly (string | { prefix: string; iaid?: number; preferredUntil?: string | null })[],
    reason = '',
  ) =>
    api.store.transaction((tx) =>
      recordDelegations(tx, {
        routerId: String(router.id),
        server: '0003',
        reason,
        delegated: delegated.map((one) => {
          const { prefix, ...rest } = typeof one === 'string' ? { prefix: one } : one;
          return { iaid: 1, preferredUntil: LATER, validUntil: LATER, ...rest, prefix: Prefix.parse(prefix) };
        }),
      }),
    );
  const asked = async ({ id }: Body) => (await askingsOf(api.store.read, [String(id)])).get(String(id));

  describe('subnets with prefixes from a provider', () => {
    it('have none at first, and nobody has an address in them', async () => {
      const on = await network();
      const subnet = await subnetOn(on);
      assert.deepEqual(
        [subnet.cidr, subnet.gateway_ip, subnet.subnetpool_id, subnet.prefix_reason],
        ['::/64', '::', 'prefix_delegation', 'it is attached to no router'],
      );
      await subnetOn(on);
      const port = await api.make('port', { network_id: on.id, fixed_ips: [{ subnet_id: subnet.id }] });
      assert.deepEqual(port.fixed_ips, []);
    });

    it('are for instances that form their addresses themselves, and follow the provider', async () => {
      const { id: network_id } = await network();
      const wish = { network_id, ip_version: 6, subnetpool_id: 'prefix_delegation', ...slaacModes };
      const stateful = { ipv6_ra_mode: 'dhcpv6-stateful', ipv6_address_mode: 'dhcpv6-stateful' };
      for (const [further, word] of [
        [stateful, 'slaac'],
        [{ ipv6_address_mode: null }, 'slaac'],
        [{ ip_version: 4, ipv6_ra_mode: null, ipv6_address_mode: null }, 'IPv6'],
        [{ cidr: 'fd00::/64' }, 'cidr'],
        [{ prefixlen: 64 }, 'prefixlen'],
        [{ gateway_ip: 'fd00::1' }, 'gateway_ip'],
        [{ allocation_pools: [] }, 'allocation_pools'],
      ] as const)
        await refused(
          () => post('subnets', { subnet: { ...wish, ...further } }),
          400,
          'HTTPBadRequest',
          word,
        );
      const subnet = await api.make('subnet', wish);
      for (const change of [{ gateway_ip: 'fd00::1' }, { allocation_pools: [] }])
        await refused(
          () => put(`subnets/${subnet.id}`, { subnet: change }),
          400,
          'HTTPBadRequest',
          'provider',
        );
      const named = { network_id, ip_version: 6, cidr: 'fd00::/64' };
      await refused(() => post('subnets', { subnet: named }), 400, 'NetworkSubnetPoolAffinityError');
    });

    it('share what the router gets, each with a /64 of it; ports follow, and keep their identifiers', async () => {
      const router = await routerOutside();
      const [one, two] = [await network(), await network()];
      const [first, second] = [await subnetOn(one), await subnetOn(two)];
      const port = await api.make('port', { network_id: one.id, mac_address: 'fa:16:3e:00:00:01' });
      for (const subnet of [first, second]) await interfaces('add', router, subnet);
      assert.match(String((await show('subnet', first)).prefix_reason), /has not been heard of/);
      assert.deepEqual((await asked(router))?.associations, [{ iaid: 1, length: 63 }]);

      await told(router, [], 'no DHCPv6 server answers');
      assert.equal((await show('subnet', first)).prefix_reason, 'no DHCPv6 server answers');
      await told(router, ['2001:db8:a::/56']);
      const cidrs = [await show('subnet', first), await show('subnet', second)].map(({ cidr }) => cidr);
      assert.deepEqual(cidrs, ['2001:db8:a::/64', '2001:db8:a:1::/64']);
      const { gateway_ip, prefix_valid_until, prefix_reason } = await show('subnet', second);
      assert.deepEqual([gateway_ip, prefix_valid_until, prefix_reason], ['2001:db8:a:1::1', LATER, '']);
      assert.deepEqual(await addressesOf(port), ['2001:db8:a:0:f816:3eff:fe00:1']);
      const later = await api.make('port', { network_id: two.id, mac_address: 'fa:16:3e:00:00:02' });
      assert.deepEqual(await addressesOf(later), ['2001:db8:a:1:f816:3eff:fe00:2']);
      const tokened = [{ subnet_id: first.id, ip_address: '2001:db8:a::42' }];
      assert.equal((await put(`ports/${port.id}`, { port: { fixed_ips: tokened } })).status, 200);

      // Another prefix: what an instance took in the former one is forgotten.
      const learned = Address.parse('2001:db8:a::abcd');
      const taken = [{ portId: String(port.id), address: learned, origin: 'traffic' as const }];
      await api.store.transaction((tx) => learnAddresses(tx, { taken, givenUp: [] }));
      await told(router, [
        { prefix: '2001:db8:a::/56', preferredUntil: '2020-01-01T00:00:00Z' },
        '2001:db8:b::/56',
      ]);
      assert.equal((await show('subnet', first)).cidr, '2001:db8:b::/64');
      assert.deepEqual(await addressesOf(port), ['2001:db8:b::42']);
      assert.deepEqual((await show('port', port)).learned_addresses, []);
      const retired = await api.store.read
        .selectFrom('retired_prefixes')
        .select('prefix')
        .where('network_id', '=', String(one.id))
        .execute();
      assert.deepEqual(
        retired.map(({ prefix }) => prefix),
        ['2001:db8:a::/64'],
      );

      // The provider is gone.
      await told(router, []);
      assert.equal((await show('subnet', first)).cidr, '::/64');
      assert.deepEqual(await addressesOf(port), []);
    });

    it('ask for more where there is no room, and give it back when they go', async () => {
      const router = await routerOutside();
      const subnets = [await subnetOn(await network()), await subnetOn(await network())];
      for (const subnet of subnets) await interfaces('add', router, subnet);
      await told(router, ['2001:db8:c::/64']);
      const wishes = (await asked(router))?.associations ?? [];
      assert.equal(wishes.length, 2);
      const [, further] = wishes as [unknown, { iaid: number; length: number }];
      assert.equal(further.length, 64);
      await told(router, ['2001:db8:c::/64', { prefix: '2001:db8:d::/64', iaid: further.iaid }]);
      const cidrs = [];
      for (const subnet of subnets) cidrs.push((await show('subnet', subnet)).cidr);
      assert.deepEqual(cidrs, ['2001:db8:c::/64', '2001:db8:d::/64']);
      assert.deepEqual((await asked(router))?.associations.length, 2);
      for (const subnet of subnets) await interfaces('remove', router, subnet);
      assert.equal((await show('subnet', subnets[0] as Body)).cidr, '::/64');
      assert.deepEqual((await asked(router))?.associations, []);
      await told(router, []);
      assert.equal(await asked(router), undefined);
    });

    it('get nothing that somebody has on the same router, and say so', async () => {
      const router = await routerOutside();
      const plain = await api.make('subnet', {
        network_id: (await network()).id,
        ip_version: 6,
        cidr: '2001:db8:e::/64',
      });
      const subnet = await subnetOn(await network());
      for (const one of [plain, subnet]) await interfaces('add', router, one);
      await told(router, ['2001:db8:e::/64']);
      const { cidr, prefix_reason } = await show('subnet', subnet);
      assert.equal(cidr, '::/64');
      assert.match(String(prefix_reason), /2001:db8:e::\/64.* overlaps with what subnet/);
      await told(router, ['2001:db8:e::/63']);
      assert.equal((await show('subnet', subnet)).cidr, '2001:db8:e:1::/64');
    });

    it('lose theirs with the gateway; who has the same again tells nobody anything new', async () => {
      const router = await routerOutside();
      const subnet = await subnetOn(await network());
      await interfaces('add', router, subnet);
      await told(router, ['2001:db8:f::/56']);
      const { revision_number } = await show('subnet', subnet);
      await told(router, ['2001:db8:f::/56']);
      assert.equal((await show('subnet', subnet)).revision_number, revision_number);
      assert.equal(
        (await put(`routers/${router.id}`, { router: { external_gateway_info: null } })).status,
        200,
      );
      const { cidr, prefix_reason } = await show('subnet', subnet);
      assert.equal(cidr, '::/64');
      assert.match(String(prefix_reason), /no external gateway/);
      await interfaces('remove', router, subnet);
      assert.equal((await api.call('DELETE', `/v2.0/subnets/${subnet.id}`)).status, 204);
    });
  });
}
