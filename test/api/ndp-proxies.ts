/** NDP proxies in the API. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { absent, api, member, post, refused, slaacModes } from './harness.ts';

export function describeNdpProxies(): void {
  describe('NDP proxies', () => {
    const red = member('ndp-red');
    let outside: Body;
    let inside: Body;
    let subnet: Body;
    let router: Body;
    let port: Body;

    const pool = async (prefix: string, scope: Body): Promise<Body> =>
      api.make('subnetpool', { name: 'p', prefixes: [prefix], address_scope_id: scope.id, shared: true });
    const attach = (to: Body, one: Body, verb = 'add') =>
      api.call('PUT', `/v2.0/routers/${to.id}/${verb}_router_interface`, { subnet_id: one.id }, red);
    const change = (one: Body, wish: object) =>
      api.call('PUT', `/v2.0/routers/${one.id}`, { router: wish }, red);
    const ask = (wish: object, headers = red) => post('ndp_proxies', { ndp_proxy: wish }, headers);
    const plain = () => ({ router_id: router.id, port_id: port.id });
    const make = async (wish: object = {}): Promise<Body> => {
      const { status, body } = await ask({ ...plain(), ...wish });
      assert.equal(status, 201, JSON.stringify(body));
      return body.ndp_proxy!;
    };
    const remove = async (one: Body) =>
      assert.equal((await api.call('DELETE', `/v2.0/ndp_proxies/${one.id}`, undefined, red)).status, 204);
    const addressOf = ({ fixed_ips }: Body, part: string) =>
      (fixed_ips as Body[]).map(({ ip_address }) => String(ip_address)).find((text) => text.includes(part));

    before(async () => {
      const scope = await api.make('address_scope', { name: 'all', ip_version: 6, shared: true });
      outside = await api.make('network', { 'router:external': true });
      const outer = await pool('2001:db8:a::/48', scope);
      await api.make('subnet', {
        ...{ network_id: outside.id, ip_version: 6, subnetpool_id: outer.id, prefixlen: 64 },
        enable_dhcp: false,
      });
      inside = await api.make('network', {}, red);
      const inner = await pool('2001:db8:b::/48', scope);
      const wish = { network_id: inside.id, ip_version: 6, subnetpool_id: inner.id, prefixlen: 64 };
      subnet = await api.make('subnet', { ...wish, ...slaacModes }, red);
      await api.make('subnet', { network_id: inside.id, ip_version: 4, cidr: '10.29.0.0/24' }, red);
      router = await api.make('router', { external_gateway_info: { network_id: outside.id } }, red);
      assert.equal(router.enable_ndp_proxy, false);
      assert.equal((await attach(router, subnet)).status, 200);
      port = await api.make('port', { network_id: inside.id }, red);
    });

    it('are of routers that are told to, and have a gateway for it', async () => {
      await refused(() => ask(plain()), 409, 'RouterNDPProxyNotEnable', String(router.id));
      assert.equal((await change(router, { enable_ndp_proxy: true })).body.router?.enable_ndp_proxy, true);
      const one = await make({ name: 'web', description: 'of the web' });
      assert.deepEqual(
        [one.ip_address, one.name, one.description, one.project_id],
        [addressOf(port, '2001:db8:b'), 'web', 'of the web', 'ndp-red'],
      );
      const path = `/v2.0/ndp_proxies/${one.id}`;
      const { body } = await api.call('PUT', path, { ndp_proxy: { name: 'other' } }, red);
      assert.equal(body.ndp_proxy?.name, 'other');
      const { body: found } = await api.call('GET', '/v2.0/ndp_proxies?name=other', undefined, red);
      assert.deepEqual(found.ndp_proxies, [body.ndp_proxy]);
      await refused(
        () => api.call('PUT', path, { ndp_proxy: { port_id: port.id } }, red),
        400,
        'HTTPBadRequest',
      );
      await remove(one);
    });

    it('need a gateway with IPv6 in an address scope', async () => {
      const bare = await api.make('network', { 'router:external': true });
      await api.make('subnet', { network_id: bare.id, ip_version: 6, cidr: '2001:db8:c::/64' });
      const wish = { enable_ndp_proxy: true };
      const made = (more: object) => () => post('routers', { router: { ...wish, ...more } }, red);
      await refused(made({}), 409, 'RouterGatewayNotValid', 'external gateway information');
      const gateway = { external_gateway_info: { network_id: bare.id } };
      await refused(made(gateway), 409, 'RouterGatewayNotValid', 'no IPv6 address scope');
      const other = await api.make('router', {}, red);
      await refused(() => change(other, wish), 409, 'RouterGatewayNotValid', 'has no external gateway');
      await refused(() => change(other, { ...gateway, ...wish }), 409, 'RouterGatewayNotValid');
      const right = { external_gateway_info: { network_id: outside.id } };
      const enabled = await change(other, { ...right, ...wish });
      assert.equal(enabled.body.router?.enable_ndp_proxy, true, JSON.stringify(enabled.body));
      const gone = () => change(other, { external_gateway_info: null, ...wish });
      await refused(gone, 409, 'RouterGatewayNotValid', 'will be unset');
      const cleared = await change(other, { external_gateway_info: null });
      assert.equal(cleared.body.router?.enable_ndp_proxy, false);
      assert.equal((await change(other, right)).body.router?.enable_ndp_proxy, false);
      await api.call('DELETE', `/v2.0/routers/${other.id}`, undefined, red);
      await api.call('DELETE', `/v2.0/networks/${bare.id}`);
    });

    it('are refused as Neutron refuses them', async () => {
      const asked = (more: object) => () => ask({ ...plain(), ...more });
      await refused(asked({ port_id: absent }), 404, 'PortNotFound');
      await refused(asked({ router_id: absent }), 409, 'PortUnreachableRouter');
      await refused(
        asked({ ip_address: '2001:db8:b::bad' }),
        400,
        'InvalidAddress',
        'not belong to the port',
      );
      const apart = await api.make('network', {}, red);
      await api.make(
        'subnet',
        { network_id: apart.id, ip_version: 6, cidr: 'fd00:29::/64', ...slaacModes },
        red,
      );
      const far = await api.make('port', { network_id: apart.id }, red);
      await refused(asked({ port_id: far.id }), 409, 'PortUnreachableRouter', String(far.id));
      const four = (port.fixed_ips as Body[]).filter(({ ip_address }) => !String(ip_address).includes(':'));
      const only4 = await api.make(
        'port',
        { network_id: inside.id, fixed_ips: four.map(({ subnet_id }) => ({ subnet_id })) },
        red,
      );
      // What SLAAC forms is there all the same, unless the port names its subnets.
      if (addressOf(only4, ':') === undefined)
        await refused(asked({ port_id: only4.id }), 400, 'HTTPBadRequest', 'one IPv6 address at least');
      const cross = await api.make('subnet', {
        ...{ network_id: apart.id, ip_version: 4, cidr: '10.28.0.0/24' },
      });
      assert.equal((await attach(router, cross)).status, 200);
      await refused(asked({ port_id: far.id }), 409, 'PortUnreachableRouter');
      const reason = { port_id: far.id, ip_address: addressOf(far, 'fd00:29') };
      await refused(asked(reason), 400, 'InvalidAddress', 'cannot reach the router');
      const [six] = (far.fixed_ips as Body[]).filter(({ ip_address }) => String(ip_address).includes(':'));
      assert.equal((await attach(router, { id: six?.subnet_id } as unknown as Body)).status, 200);
      await refused(asked({ port_id: far.id }), 409, 'AddressScopeConflict', 'None');
      const blue = () => ask(plain(), member('ndp-blue'));
      await refused(blue, 404, 'PortNotFound');

      const one = await make();
      await refused(() => attach(router, subnet, 'remove'), 409, 'RouterInterfaceInUseByNDPProxy');
      const clear = () => change(router, { external_gateway_info: null });
      await refused(clear, 409, 'RouterGatewayInUseByNDPProxy');
      const path = `/v2.0/ndp_proxies/${absent}`;
      await refused(() => api.call('GET', path, undefined, red), 404, 'NDPProxyNotFound');
      await remove(one);
    });

    it('go with their port, or its address', async () => {
      const leaving = await api.make('port', { network_id: inside.id }, red);
      const one = await make({ port_id: leaving.id });
      assert.equal((await api.call('DELETE', `/v2.0/ports/${leaving.id}`, undefined, red)).status, 204);
      assert.equal((await api.call('GET', `/v2.0/ndp_proxies/${one.id}`, undefined, red)).status, 404);
    });
  });
}
