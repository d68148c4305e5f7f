/** Routers with several external gateways, as Neutron's `external-gateway-multihoming` has it. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Answer, Body } from '../support/api.ts';
import { absent, api, member, post, refused, slaacModes } from './harness.ts';

const red = member('multihomed-red');
const blue = member('multihomed-blue');

const gatewaysOf = (router: Body | undefined): Body[] => router?.external_gateways as Body[];
const networksOf = (router: Body | undefined) => gatewaysOf(router).map(({ network_id }) => network_id);
const addressOf = (gateway: Body | undefined): string =>
  String((gateway?.external_fixed_ips as Body[])[0]?.ip_address);

export function describeExternalGateways(): void {
  describe('several external gateways', () => {
    /** Two networks outside, each with a subnet of IPv4 and one of IPv6; the gateways there are `.1` and `::1`. */
    let outside: [Body, Body];
    before(async () => {
      const made = [];
      for (const number of [81, 82]) {
        const network = await api.make('network', { 'router:external': true });
        const wish = { network_id: network.id, enable_dhcp: false };
        await api.make('subnet', { ...wish, ip_version: 4, cidr: `198.18.${number}.0/24` });
        await api.make('subnet', {
          ...wish,
          ip_version: 6,
          cidr: `fd81:${number}::/64`,
          gateway_ip: `fd81:${number}::1`,
        });
        made.push(network);
      }
      outside = made as [Body, Body];
    });
    const on = (index: 0 | 1, more: object = {}) => ({ network_id: outside[index].id, ...more });
    const act = (
      router: Body,
      verb: 'add' | 'update' | 'remove',
      external_gateways: object[],
      as: Record<string, string> | undefined = red,
    ): Promise<Answer> =>
      api.call(
        'PUT',
        `/v2.0/routers/${router.id}/${verb}_external_gateways`,
        { router: { external_gateways } },
        as,
      );
    const changed = async (...wish: Parameters<typeof act>): Promise<Body> => {
      const { status, body } = await act(...wish);
      assert.equal(status, 200, JSON.stringify(body));
      const shown = await api.call('GET', `/v2.0/routers/${wish[0].id}`, undefined, red);
      assert.deepEqual(gatewaysOf(shown.body.router), gatewaysOf(body.router));
      assert.deepEqual(body.router?.external_gateway_info ?? undefined, gatewaysOf(body.router)[0]);
      return body.router as Body;
    };
    const portsOf = async (router: Body): Promise<Body[]> =>
      (await api.call('GET', `/v2.0/ports?device_id=${router.id}&device_owner=network:router_gateway`)).body
        .ports as Body[];

    it('come, go and change their order', async () => {
      const router = await api.make('router', {}, red);
      assert.deepEqual(networksOf(await changed(router, 'add', [])), []);
      const [one, two] = outside.map(({ id }) => id);
      assert.deepEqual(networksOf(await changed(router, 'add', [on(0), on(1)])), [one, two]);
      // One more on the network of another.
      const three = await changed(router, 'add', [on(0)]);
      assert.deepEqual(networksOf(three), [one, two, one]);
      assert.equal((await portsOf(router)).length, 3);
      await refused(() => act(router, 'remove', [on(0)]), 400, 'UnableToMatchGateways', String(one));
      const last = { ip_address: addressOf(gatewaysOf(three)[2]) };
      const left = await changed(router, 'remove', [on(0, { external_fixed_ips: [last] })]);
      assert.deepEqual(gatewaysOf(left), gatewaysOf(three).slice(0, 2));
      const turned = await changed(router, 'update', [on(1), on(0)]);
      assert.deepEqual(gatewaysOf(turned), gatewaysOf(left).toReversed());
      assert.deepEqual(networksOf(await changed(router, 'update', [on(0)])), [one]);
      assert.deepEqual(networksOf(await changed(router, 'update', [on(1), on(0)])), [two, one]);
      // The next is the first then.
      assert.deepEqual(networksOf(await changed(router, 'remove', [on(1)])), [one]);
      assert.deepEqual(networksOf(await changed(router, 'update', [])), []);
      assert.deepEqual(await portsOf(router), []);
    });

    it('leave what asks for one as it is', async () => {
      const router = await api.make('router', { external_gateway_info: on(0) }, red);
      assert.deepEqual(gatewaysOf(router), [router.external_gateway_info]);
      await changed(router, 'add', [on(1)]);
      const put = async (external_gateway_info: object | null) =>
        (await api.call('PUT', `/v2.0/routers/${router.id}`, { router: { external_gateway_info } }, red)).body
          .router;
      const [one, two] = outside.map(({ id }) => id);
      assert.deepEqual(networksOf(await put(on(0))), [one, two]);
      assert.deepEqual(networksOf(await put({})), [two]);
      assert.deepEqual(networksOf(await put(on(0))), [one]);
      await changed(router, 'add', [on(1)]);
      await refused(
        () => api.call('PUT', `/v2.0/routers/${router.id}`, { router: { external_gateways: [] } }, red),
        400,
        'HTTPBadRequest',
        'external_gateways',
      );
      await api.call('DELETE', `/v2.0/routers/${router.id}`, undefined, red);
      assert.deepEqual(await portsOf(router), []);
    });

    it('are named by requests that make sense alone', async () => {
      const router = await api.make('router', { external_gateway_info: on(0) }, red);
      const inside = await api.make('network', {}, red);
      const place = { network_id: inside.id, ip_version: 6, cidr: 'fd81:82::/63', ...slaacModes };
      const subnet = await api.make('subnet', { ...place, cidr: 'fd81:82:0:0::/64' }, red);
      await refused(() => act(router, 'add', [{}]), 400, 'HTTPBadRequest', 'network_id');
      await refused(() => act(router, 'add', [{ network_id: absent }]), 404, 'NetworkNotFound', absent);
      await refused(
        () => act(router, 'add', [{ network_id: inside.id }]),
        400,
        'InvalidInput',
        'is not external',
      );
      await refused(() => act(router, 'add', [on(1)], blue), 404, 'RouterNotFound', String(router.id));
      const reader = { ...red, 'x-roles': 'reader' };
      assert.equal((await act(router, 'add', [on(1)], reader)).status, 403);
      const chosen = on(1, { external_fixed_ips: [{ ip_address: 'fd81:82::77' }] });
      await refused(() => act(router, 'add', [chosen]), 403, 'PolicyNotAuthorized', 'external_fixed_ips');
      await refused(
        () => act(router, 'add', [on(1, { enable_snat: false })], {}),
        400,
        'HTTPBadRequest',
        'enable_snat',
      );
      await refused(
        () => act(router, 'remove', [on(1)]),
        400,
        'UnableToMatchGateways',
        String(outside[1].id),
      );
      await refused(
        () => act(router, 'add', Array(9).fill(on(1))),
        400,
        'HTTPBadRequest',
        'external_gateways',
      );
      await refused(() => act(router, 'add', Array(8).fill(on(1))), 409, 'UnableToAddExtraGateways', '8');
      const policy = await api.make('policy', { name: 'packets' }, red);
      const path = `/v2.0/qos/policies/${policy.id}/packet_rate_limit_rules`;
      await api.call('POST', path, { packet_rate_limit_rule: { max_kpps: 1 } });
      await refused(
        () => act(router, 'add', [on(1, { qos_policy_id: policy.id })]),
        409,
        'QosRuleNotSupported',
        String(policy.id),
      );
      // A subnet inside that overlaps with one outside.
      await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id }, red);
      await refused(() => act(router, 'add', [on(1)]), 400, 'HTTPBadRequest', 'overlaps');
    });

    it('spread default routes where administrators say so', async () => {
      const wish = { enable_default_route_ecmp: true };
      assert.equal((await post('routers', { router: wish }, red)).status, 403);
      const router = await api.make('router', { external_gateway_info: on(0) }, red);
      assert.equal(router.enable_default_route_ecmp, false);
      await changed(router, 'add', [on(1)]);
      const hops = async () =>
        ((await api.call('GET', `/v2.0/routers/${router.id}`)).body.router?.next_hops as Body[]).map(
          ({ nexthop, network_id }) => [nexthop, network_id],
        );
      const [one, two] = outside.map(({ id }) => id);
      const first = [
        ['198.18.81.1', one],
        ['fd81:81::1', one],
      ];
      assert.deepEqual(await hops(), first);
      const path = `/v2.0/routers/${router.id}`;
      assert.equal(
        (await api.call('PUT', path, { router: { enable_default_route_ecmp: true } }, red)).status,
        403,
      );
      await api.call('PUT', path, { router: wish });
      assert.deepEqual(await hops(), [...first, ['198.18.82.1', two], ['fd81:82::1', two]]);
    });

    it('must each be led back to', async () => {
      const router = await api.make('router', { external_gateway_info: on(0) }, red);
      const inside = await api.make('network', {}, red);
      const place = { network_id: inside.id, ip_version: 6, cidr: 'fd81:9::/64', ...slaacModes };
      const subnet = await api.make('subnet', place, red);
      await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id }, red);
      const shown = await changed(router, 'add', [on(1)]);
      const addresses = gatewaysOf(shown).map(({ external_fixed_ips }) =>
        (external_fixed_ips as Body[])
          .map(({ ip_address }) => String(ip_address))
          .find((one) => one.includes(':')),
      );
      assert.deepEqual(
        shown.upstream_routes,
        addresses.map((nexthop) => ({ destination: 'fd81:9::/64', nexthop })),
      );
    });

    it('keep floating IPs, and are kept by them', async () => {
      const router = await api.make('router', { external_gateway_info: on(0) }, red);
      const inside = await api.make('network', {}, red);
      const place = { network_id: inside.id, ip_version: 4, cidr: '10.81.0.0/24' };
      const subnet = await api.make('subnet', place, red);
      await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id }, red);
      await changed(router, 'add', [on(1)]);
      const port = await api.make('port', { network_id: inside.id }, red);
      const wish = { floating_network_id: outside[1].id, port_id: port.id };
      const floating = await api.make('floatingip', wish, red);
      assert.equal(floating.router_id, router.id);
      await refused(
        () => act(router, 'remove', [on(1)]),
        409,
        'RouterExternalGatewayInUseByFloatingIp',
        String(outside[1].id),
      );
      // What the address sends would have to leave by both.
      await refused(
        () => post('floatingips', { floatingip: { ...wish, floating_network_id: outside[0].id } }, red),
        409,
        'RouterGatewaysInUse',
        String(floating.floating_ip_address),
      );
      // By which of two on its network, OVN could not be told.
      await refused(() => act(router, 'add', [on(1)]), 409, 'RouterGatewaysInUse', 'floating IPs');
      assert.deepEqual(networksOf(await changed(router, 'remove', [on(0)])), [outside[1].id]);
    });

    it('are not for a router that does what takes one', async () => {
      const router = await api.make('router', { external_gateway_info: on(0) }, red);
      const path = `/v2.0/routers/${router.id}`;
      const distributed = (distributed_ipv6: boolean) =>
        api.call('PUT', path, { router: { distributed_ipv6 } });
      assert.equal((await distributed(true)).status, 200);
      await refused(() => act(router, 'add', [on(1)]), 409, 'RouterGatewaysInUse', 'distributed_ipv6');
      await distributed(false);
      await changed(router, 'add', [on(1)]);
      await refused(() => distributed(true), 409, 'RouterGatewaysInUse', 'distributed_ipv6');
      await refused(
        () => api.call('PUT', `/v2.0/networks/${outside[1].id}`, { network: { 'router:external': false } }),
        409,
        'ExternalNetworkInUse',
      );
    });
  });
}
