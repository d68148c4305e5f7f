/** Network prefix translations in the API. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { absent, api, member, post, refused, slaacModes } from './harness.ts';

export function describeNptv6Translations(): void {
  describe('NPTv6 translations', () => {
    const red = member('nptv6-red');
    let scope: Body;
    let outside: Body;
    let pool: Body;
    let router: Body;
    let subnet: Body;

    const change = (wish: object) => api.call('PUT', `/v2.0/routers/${router.id}`, { router: wish }, red);
    const shown = async (one: Body): Promise<Body> =>
      (await api.call('GET', `/v2.0/routers/${one.id}`, undefined, red)).body.router!;
    const plain = () => ({
      router_id: router.id,
      subnetpool_id: pool.id,
      internal_prefix: 'fd01:203:405::/48',
    });
    const ask = (wish: object = {}, headers = red) =>
      post('nptv6-translations', { nptv6_translation: { ...plain(), ...wish } }, headers);
    const make = async (wish: object = {}): Promise<Body> => {
      const { status, body } = await ask(wish);
      assert.equal(status, 201, JSON.stringify(body));
      return body.nptv6_translation!;
    };
    const at = ({ id }: Body) => `/v2.0/nptv6-translations/${id}`;
    const remove = async (one: Body) =>
      assert.equal((await api.call('DELETE', at(one), undefined, red)).status, 204);
    const destinations = async () =>
      ((await shown(router)).upstream_routes as Body[]).map(({ destination }) => destination).sort();
    const poolOf = (prefix: string, more: object = {}, headers?: Record<string, string>) =>
      api.make('subnetpool', { name: 'p', prefixes: [prefix], min_prefixlen: 48, ...more }, headers);

    before(async () => {
      scope = await api.make('address_scope', { name: 'outside', ip_version: 6, shared: true });
      outside = await api.make('network', { 'router:external': true });
      const link = await poolOf('2001:db8:1a::/48', { address_scope_id: scope.id });
      await api.make('subnet', {
        ...{ network_id: outside.id, ip_version: 6, subnetpool_id: link.id, prefixlen: 64 },
        enable_dhcp: false,
      });
      pool = await poolOf('2001:db8:5000::/44', { shared: true, address_scope_id: scope.id });
      const inside = await api.make('network', {}, red);
      const wish = { network_id: inside.id, ip_version: 6, cidr: 'fd01:203:405:7::/64', ...slaacModes };
      subnet = await api.make('subnet', wish, red);
      router = await api.make('router', { external_gateway_info: { network_id: outside.id } }, red);
      const { status } = await api.call(
        'PUT',
        `/v2.0/routers/${router.id}/add_router_interface`,
        { subnet_id: subnet.id },
        red,
      );
      assert.equal(status, 200);
    });

    it('take their external prefix from a pool, and give it back', async () => {
      const one = await make({ name: 'homes', description: 'of homes' });
      assert.deepEqual(
        [one.external_prefix, one.internal_prefix, one.name, one.project_id],
        ['2001:db8:5000::/48', 'fd01:203:405::/48', 'homes', 'nptv6-red'],
      );
      const { body } = await api.call('PUT', at(one), { nptv6_translation: { name: 'h' } }, red);
      assert.equal(body.nptv6_translation?.name, 'h');
      const { body: found } = await api.call('GET', '/v2.0/nptv6-translations?name=h', undefined, red);
      assert.deepEqual(found.nptv6_translations, [body.nptv6_translation]);
      const fixed = { nptv6_translation: { external_prefix: '2001:db8:5001::/48' } };
      await refused(() => api.call('PUT', at(one), fixed, red), 400, 'HTTPBadRequest', 'external_prefix');
      assert.equal((await api.call('DELETE', `/v2.0/subnetpools/${pool.id}`)).status, 400);
      await remove(one);
      const again = await make({ external_prefix: '2001:db8:5000::/48' });
      await remove(again);
    });

    it('stand outside for what is behind the router', async () => {
      assert.deepEqual(await destinations(), ['fd01:203:405:7::/64']);
      const one = await make();
      assert.deepEqual(await destinations(), ['2001:db8:5000::/48']);
      const speaker = await api.make('bgp_speaker', { local_as: 64512, ip_version: 6 });
      const at = `/v2.0/bgp-speakers/${speaker.id}`;
      await api.call('PUT', `${at}/add_gateway_network`, { network_id: outside.id });
      const { body } = await api.call('GET', `${at}/get_advertised_routes`);
      const gateway = router.external_gateway_info as unknown as { external_fixed_ips: Body[] };
      assert.deepEqual(body.advertised_routes, [
        { destination: '2001:db8:5000::/48', next_hop: gateway.external_fixed_ips[0]?.ip_address },
      ]);
      await api.call('PUT', `${at}/remove_gateway_network`, { network_id: outside.id });
      await api.call('DELETE', at);
      await remove(one);
      assert.deepEqual(await destinations(), ['fd01:203:405:7::/64']);
    });

    it('are not of routers that let in nothing but answers', async () => {
      const close = (egress_only_ipv6: boolean) =>
        api.call('PUT', `/v2.0/routers/${router.id}`, { router: { egress_only_ipv6 } }, red);
      const one = await make();
      await refused(() => close(true), 409, 'RouterTranslatesPrefixes', 'egress_only_ipv6');
      await remove(one);
      assert.equal((await close(true)).status, 200);
      await refused(() => ask(), 409, 'RouterTranslatesPrefixes', 'egress_only_ipv6');
      assert.equal((await close(false)).status, 200);
    });

    it('are of prefixes that can stand for each other', async () => {
      const asked = (wish: object) => () => ask(wish);
      const bad = (wish: object, ...words: string[]) => refused(asked(wish), 400, 'HTTPBadRequest', ...words);
      await bad({ internal_prefix: '10.0.0.0/16' }, 'internal_prefix', '10.0.0.0/16');
      await bad({ internal_prefix: 'fd01:203:405::/72' }, 'internal_prefix');
      await bad({ internal_prefix: 'fe80::/48' }, 'internal_prefix');
      await bad({ internal_prefix: 'fd00:a9fe:a9fe::/48' }, 'services');
      await bad({ external_prefix: '2001:db8:5000::/47' }, 'not as long');
      await bad({ internal_prefix: '2001:db8:5000::/48', external_prefix: '2001:db8:5000::/48' }, 'common');
      const long = {
        internal_prefix: 'fd01:203:405:700::/56',
        external_prefix: '2001:db8:5000:100::/56',
      };
      await bad(long, 'section 3.5', 'fd01:203:78b4:700::/56');
      const one = await make({ ...long, internal_prefix: 'fd01:203:78b4:700::/56' });
      await remove(one);
    });

    it('are of routers with a gateway, and of pools that administrators give', async () => {
      await refused(() => ask({ router_id: absent }), 404, 'RouterNotFound');
      await refused(() => ask({}, member('nptv6-blue')), 404, 'RouterNotFound');
      await refused(() => ask({ subnetpool_id: absent }), 404, 'SubnetPoolNotFound');
      const bare = await api.make('router', {}, red);
      await refused(() => ask({ router_id: bare.id }), 409, 'RouterGatewayNotValid', String(bare.id));
      const own = await poolOf('2001:db8:6000::/44', {}, red);
      await refused(() => ask({ subnetpool_id: own.id }), 403, 'PolicyNotAuthorized', String(own.id));
      const hidden = await poolOf('2001:db8:6010::/44');
      await refused(() => ask({ subnetpool_id: hidden.id }), 404, 'SubnetPoolNotFound');
      const elsewhere = await poolOf('2001:db8:6020::/44', { shared: true });
      const conflict = () => ask({ subnetpool_id: elsewhere.id });
      await refused(conflict, 409, 'AddressScopeConflict', String(scope.id));
      const four = await api.make('subnetpool', { name: 'p', prefixes: ['10.77.0.0/16'], shared: true });
      await refused(() => ask({ subnetpool_id: four.id }), 400, 'HTTPBadRequest', 'IPv4');
      const foreign = { external_prefix: '2001:db8:7777::/48' };
      await refused(() => ask(foreign), 409, 'SubnetAllocationError');
    });

    it('overlap nothing else, and keep the gateway that they are for', async () => {
      const one = await make();
      await refused(() => ask(), 409, 'Nptv6PrefixInUse', String(one.id));
      const part = { internal_prefix: '2001:db8:1a::/48' };
      await refused(() => ask(part), 409, 'Nptv6PrefixInUse', 'external subnet');
      const twice = { internal_prefix: 'fd01:203:406::/48', external_prefix: '2001:db8:5000::/48' };
      await refused(() => ask(twice), 409, 'SubnetAllocationError');
      const other = await make({ internal_prefix: 'fd01:203:406::/48' });
      assert.equal(other.external_prefix, '2001:db8:5001::/48');
      const network = await api.make('network', {}, red);
      const wish = { network_id: network.id, ip_version: 6, cidr: '2001:db8:5000:9::/64', ...slaacModes };
      const overlapping = await api.make('subnet', wish, red);
      const path = `/v2.0/routers/${router.id}/add_router_interface`;
      await refused(
        () => api.call('PUT', path, { subnet_id: overlapping.id }, red),
        409,
        'Nptv6PrefixInUse',
        String(overlapping.id),
      );
      const inUse = 'RouterGatewayInUseByNptv6Translation';
      await refused(() => change({ external_gateway_info: null }), 409, inUse);
      await remove(other);
      const lone = await api.make('router', { external_gateway_info: { network_id: outside.id } }, red);
      const last = await make({ router_id: lone.id, internal_prefix: 'fd01:203:406::/48' });
      await refused(
        () => api.call('DELETE', `/v2.0/routers/${lone.id}`, undefined, red),
        409,
        inUse,
        String(last.id),
      );
      await remove(last);
      assert.equal((await api.call('DELETE', `/v2.0/routers/${lone.id}`, undefined, red)).status, 204);
      await remove(one);
    });
  });
}
