/** The way out of tenants' networks, as the API has it: hosts, next hops, and what has to lead back. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { recordHeartbeat } from '../../src/resources/agent/heartbeat.ts';
import { placeGateways } from '../../src/resources/router/gateway-hosts.ts';
import {
  type HeardOnNetwork,
  recordHeard,
  upstreamLinksOf,
} from '../../src/resources/router/heard-routers.ts';
import type { Body } from '../support/api.ts';
import { api, member, post, refused } from './harness.ts';

/** Hosts that say that they live, and which physical networks they reach. */
async function hear(hosts: Readonly<Record<string, string>>): Promise<void> {
  await api.store.transaction(async (tx) => {
    for (const [host, mappings] of Object.entries(hosts)) {
      await recordHeartbeat(tx, { host, chassis: host, configurations: { bridge_mappings: mappings } });
    }
    await tx.sent();
    await placeGateways(tx);
  });
}

const hostsOf = async (router: Body): Promise<string[]> => {
  const { body } = await api.call('GET', `/v2.0/routers/${router.id}`);
  return (body.router?.gateway_hosts as Body[]).map(({ host }) => String(host));
};

export function describeGateways(): void {
  describe('gateways', () => {
    let outside: Body;
    before(async () => {
      outside = await api.make('network', {
        'router:external': true,
        'provider:network_type': 'vlan',
        'provider:physical_network': 'physnet1',
      });
      await hear({ gw1: 'physnet1:br-ex', gw2: 'other:br-o,physnet1:br-ex', hv3: '' });
    });
    const onOutside = (wish: object = {}) => ({ external_gateway_info: { network_id: outside.id }, ...wish });

    it('are spread over the hosts that have the physical network, and tell administrators why', async () => {
      const routers = [await api.make('router', onOutside()), await api.make('router', onOutside())];
      const [one = [], other = []] = await Promise.all(routers.map(hostsOf));
      assert.deepEqual([...one].sort(), ['gw1', 'gw2']);
      assert.deepEqual(other, one.toReversed());
      const { body } = await api.call('GET', `/v2.0/routers/${routers[0]?.id}`);
      const [first] = body.router?.gateway_hosts as Body[];
      assert.match(String(first?.reason), /^fewest other gateways in this place: \d+$/);
      for (const router of routers) {
        await api.call('PUT', `/v2.0/routers/${router.id}`, { router: { external_gateway_info: {} } });
        assert.deepEqual(await hostsOf(router), []);
      }
    });

    it('have IPv6 leave by the hosts of instances where administrators say so', async () => {
      const red = member('distributed-red');
      const wish = { distributed_ipv6: true };
      const make = () => api.call('POST', '/v2.0/routers', { router: wish }, red);
      await refused(make, 403, 'PolicyNotAuthorized', 'distributed_ipv6');
      const router = await api.make('router', onOutside(), red);
      assert.equal(router.distributed_ipv6, false);
      const path = `/v2.0/routers/${router.id}`;
      const change = (body: object, headers?: Record<string, string>) =>
        api.call('PUT', path, { router: body }, headers);
      await refused(() => change(wish, red), 403, 'PolicyNotAuthorized', 'distributed_ipv6');
      await refused(() => change({ distributed_ipv6: 'perhaps' }), 400, 'HTTPBadRequest', 'distributed_ipv6');
      assert.equal((await change(wish)).body.router?.distributed_ipv6, true);
      // Who may not set it sees it, and what else is changed leaves it.
      assert.equal((await change({ name: 'edge' }, red)).body.router?.distributed_ipv6, true);
      const { body } = await api.call('GET', '/v2.0/routers?distributed_ipv6=true&fields=id', undefined, red);
      assert.deepEqual(body.routers, [{ id: router.id }]);
      assert.equal((await change({ distributed_ipv6: null })).body.router?.distributed_ipv6, false);
      await api.call('DELETE', path);
    });

    it('are distributed, and fail over, unless an administrator says otherwise', async () => {
      const red = member('dvr-red');
      for (const attribute of ['distributed', 'ha']) {
        const wish = { [attribute]: false };
        const make = () => post('routers', { router: wish }, red);
        await refused(make, 403, 'PolicyNotAuthorized', attribute);
        const router = await api.make('router', {}, red);
        assert.equal(router[attribute], undefined, 'members are not told');
        const change = (changes: object, headers?: Record<string, string>) =>
          api.call('PUT', `/v2.0/routers/${router.id}`, { router: changes }, headers);
        await refused(() => change(wish, red), 403, 'PolicyNotAuthorized', attribute);
        assert.equal((await change({})).body.router?.[attribute], true);
        assert.equal((await change(wish)).body.router?.[attribute], false);
        assert.equal((await change({ name: 'edge' })).body.router?.[attribute], false);
        assert.equal((await change({ [attribute]: null })).body.router?.[attribute], true);
        assert.equal((await api.make('router', wish))[attribute], false);
      }
    });

    it('let nothing in but answers where whoever has the router says so', async () => {
      const [red, blue] = [member('egress-red'), member('egress-blue')];
      const router = await api.make('router', { egress_only_ipv6: true }, red);
      assert.equal(router.egress_only_ipv6, true);
      const path = `/v2.0/routers/${router.id}`;
      const change = (value: unknown, headers = red) =>
        api.call('PUT', path, { router: { egress_only_ipv6: value } }, headers);
      await refused(() => change('perhaps'), 400, 'HTTPBadRequest', 'egress_only_ipv6');
      await refused(() => change(false, blue), 404, 'RouterNotFound');
      const listed = async (value: boolean) =>
        (await api.call('GET', `/v2.0/routers?egress_only_ipv6=${value}&fields=id`, undefined, red)).body
          .routers;
      assert.deepEqual(await listed(true), [{ id: router.id }]);
      for (const value of [false, true, true, null]) assert.equal((await change(value)).status, 200);
      assert.deepEqual(await listed(false), [{ id: router.id }]);
      await api.call('DELETE', path);
    });

    it('follow hosts that are disabled, come, and go, and stay where they need not move', async () => {
      const router = await api.make('router', onOutside());
      const [first, second] = (await hostsOf(router)) as [string, string];
      const agents = (await api.call('GET', '/v2.0/agents')).body.agents as Body[];
      const path = `/v2.0/agents/${agents.find(({ host }) => String(host) === first)?.id}`;
      await api.call('PUT', path, { agent: { admin_state_up: false } });
      assert.deepEqual(await hostsOf(router), [second, first]);
      await api.call('PUT', path, { agent: { admin_state_up: true } });
      await hear({ hv3: 'physnet1:br-ex' });
      assert.deepEqual(await hostsOf(router), [second, first, 'hv3']);
      await api.call('DELETE', path);
      assert.deepEqual(await hostsOf(router), [second, 'hv3']);
      await hear({ [second]: '' });
      assert.deepEqual(await hostsOf(router), ['hv3', second]);
      await api.call('DELETE', `/v2.0/routers/${router.id}`);
    });

    it('are of hosts that are listed by whether they live', async () => {
      const listed = async (query: string): Promise<string[]> => {
        const { body } = await api.call('GET', `/v2.0/agents?${query}`);
        return (body.agents as Body[]).map(({ host }) => String(host));
      };
      await hear({ gw2: 'physnet1:br-ex' });
      const anHourAgo = new Date(Date.now() - 3_600_000);
      await api.store.transaction(async (tx) => {
        await recordHeartbeat(tx, { host: 'gone', chassis: 'gone', configurations: {} }, anHourAgo);
        await tx.sent();
      });
      assert.deepEqual(await listed('alive=False'), ['gone']);
      const alive = await listed('alive=true');
      assert.ok(alive.includes('gw2') && !alive.includes('gone'));
      assert.ok((await listed('alive=true&alive=false')).includes('gone'));
      assert.deepEqual(await listed('alive=true&host=gone'), []);
      await refused(() => api.call('GET', '/v2.0/agents?alive=perhaps'), 400, 'HTTPBadRequest', 'alive');
      const { body } = await api.call('GET', '/v2.0/agents?host=gone');
      await api.call('DELETE', `/v2.0/agents/${body.agents?.[0]?.id}`);
    });

    it('lead to the routers outside that their hosts hear, until these are gone', async () => {
      await hear({ gw2: 'physnet1:br-ex' });
      const router = await api.make('router', onOutside());
      const { body } = await api.call('GET', `/v2.0/routers/${router.id}`);
      const place = `${(body.router?.gateway_hosts as Body[])[0]?.host}`;
      const tell = (chassis: string, ...routers: HeardOnNetwork['routers']) =>
        api.store.transaction((tx) => recordHeard(tx, chassis, [{ network_id: `${outside.id}`, routers }]));
      const hops = async () =>
        ((await api.call('GET', `/v2.0/routers/${router.id}`)).body.router?.next_hops as Body[]).map(
          ({ nexthop, origin }) => `${nexthop} ${origin}`,
        );
      await tell('stranger', { address: 'fe80::bad', preference: 'high' });
      assert.deepEqual(await hops(), [], 'no gateway is there');
      const one = { address: 'fe80::1', preference: 'medium' } as const;
      await tell(place, one);
      assert.deepEqual(await hops(), ['fe80::1 advertisement']);
      await tell(place, one, { address: 'fe80::2', preference: 'high' });
      assert.deepEqual(await hops(), ['fe80::2 advertisement']);
      await tell(place, one, { address: 'fe80::2', preference: 'low' });
      assert.deepEqual(await hops(), ['fe80::1 advertisement']);
      await tell(place);
      assert.deepEqual(await hops(), []);
      assert.equal((await upstreamLinksOf(api.store.read, place))[0]?.network_id, outside.id);
      await api.call('DELETE', `/v2.0/routers/${router.id}`);
      assert.deepEqual(await upstreamLinksOf(api.store.read, place), []);
    });

    it('do not tell tenants on which hosts they are', async () => {
      const router = await api.make('router', { project_id: 'red', ...onOutside() });
      const { body } = await api.call('GET', `/v2.0/routers/${router.id}`, undefined, member('red'));
      assert.equal(body.router?.gateway_hosts, undefined);
      await api.call('DELETE', `/v2.0/routers/${router.id}`);
    });

    it('take a link-local next hop, and nothing else', async () => {
      const router = await api.make('router', onOutside({ ipv6_next_hop: 'fe80::1' }));
      for (const ipv6_next_hop of ['2001:db8::1', '169.254.0.1']) {
        const change = () => api.call('PUT', `/v2.0/routers/${router.id}`, { router: { ipv6_next_hop } });
        await refused(change, 400, 'InvalidInput', 'ipv6_next_hop', ipv6_next_hop);
      }
      const path = `/v2.0/routers/${router.id}`;
      const { body } = await api.call('PUT', path, { router: { ipv6_next_hop: null } });
      assert.equal(body.router?.ipv6_next_hop, null);
      await api.call('DELETE', path);
    });

    it('say what the routers outside must lead to them', async () => {
      const network = await api.make('network', {});
      const subnet = await api.make('subnet', {
        ...{ network_id: network.id, ip_version: 6, cidr: '2001:db8:1::/64' },
      });
      const router = await api.make('router', onOutside());
      assert.deepEqual(router.upstream_routes, []);
      const path = `/v2.0/routers/${router.id}`;
      await api.call('PUT', `${path}/add_router_interface`, { subnet_id: subnet.id });
      await api.make('port', { network_id: network.id, delegated_prefixes: ['2001:db8:d::/56'] });
      await api.make('anycast_address', { router_id: router.id, address: '2001:db8:a::1' });
      const { body } = await api.call('GET', path);
      const routes = body.router?.upstream_routes as Body[];
      assert.deepEqual(
        routes.map(({ destination }) => String(destination)),
        ['2001:db8:1::/64', '2001:db8:d::/56', '2001:db8:a::1/128'],
      );
      assert.ok(routes.every(({ nexthop }) => String(nexthop).startsWith('fe80::')));
    });
  });
}
