/** Floating IPs in the API. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { absent, api, member, post, refused, slaacModes } from './harness.ts';

export function describeFloatingIps(): void {
  describe('floating IPs', () => {
    const red = member('fip-red');
    let outside: Body;
    let outer4: Body;
    let outer6: Body;
    let inside: Body;
    let inner6: Body;
    let router: Body;
    let port: Body;
    before(async () => {
      outside = await api.make('network', { 'router:external': true });
      outer4 = await api.make('subnet', {
        ...{ network_id: outside.id, ip_version: 4, cidr: '198.51.100.0/28' },
      });
      outer6 = await api.make('subnet', {
        ...{ network_id: outside.id, ip_version: 6, cidr: '2001:db8:f::/64', enable_dhcp: false },
      });
      inside = await api.make('network', {}, red);
      await api.make('subnet', { network_id: inside.id, ip_version: 4, cidr: '10.9.0.0/24' }, red);
      inner6 = await api.make(
        'subnet',
        { network_id: inside.id, ip_version: 6, cidr: 'fd00:f::/64', ...slaacModes },
        red,
      );
      router = await api.make('router', { external_gateway_info: { network_id: outside.id } }, red);
      for (const subnet_id of await subnetsOf(inside)) await act('add', { subnet_id: String(subnet_id) });
      port = await api.make('port', { network_id: inside.id }, red);
    });

    const subnetsOf = async ({ id }: Body) =>
      ((await api.call('GET', `/v2.0/networks/${id}`)).body.network?.subnets ?? []) as Body[];
    const act = async (verb: 'add' | 'remove', body: object) => {
      const path = `/v2.0/routers/${router.id}/${verb}_router_interface`;
      const answer = await api.call('PUT', path, body, red);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
    };
    const gateway = (wish: object) =>
      api.call('PUT', `/v2.0/routers/${router.id}`, {
        router: { external_gateway_info: { network_id: outside.id, ...wish } },
      });
    const make = (wish: object = {}) =>
      api.make('floatingip', { floating_network_id: outside.id, ...wish }, red);
    const remove = ({ id }: Body) => api.call('DELETE', `/v2.0/floatingips/${id}`, undefined, red);
    const show = async ({ id }: Body) =>
      (await api.call('GET', `/v2.0/floatingips/${id}`, undefined, red)).body.floatingip!;
    const change = (one: Body, changes: object) =>
      api.call('PUT', `/v2.0/floatingips/${one.id}`, { floatingip: changes }, red);
    const addressOf = (one: Body, part: string) =>
      (one.fixed_ips as Body[])
        .map(({ ip_address }) => String(ip_address))
        .find((text) => text.includes(part));

    it('are IPv4 unless asked otherwise, stand for nothing at first, and give their address back', async () => {
      const four = await make({ description: 'web', dns_name: 'web', dns_domain: 'example.org.' });
      assert.match(String(four.floating_ip_address), /^198\.51\.100\./);
      assert.deepEqual(
        [four.status, four.port_id, four.fixed_ip_address, four.router_id, four.port_details],
        ['DOWN', null, null, null, null],
      );
      assert.equal('subnet_id' in four, false);
      const six = await make({ subnet_id: outer6.id });
      assert.match(String(six.floating_ip_address), /^2001:db8:f::/);
      for (const one of [four, six]) assert.equal((await remove(one)).status, 204);
      const { body } = await api.call('GET', `/v2.0/ports?network_id=${outside.id}`);
      const owners = (body.ports as Body[]).map(({ device_owner }) => String(device_owner));
      assert.deepEqual(owners, ['network:router_gateway']);
    });

    it('stand for the address of a port by the router between, move, and are taken off', async () => {
      const one = await make({ port_id: port.id });
      assert.deepEqual(
        [one.status, one.port_id, one.fixed_ip_address, one.router_id],
        ['ACTIVE', port.id, addressOf(port, '10.9.'), router.id],
      );
      assert.equal(one.port_details?.mac_address, port.mac_address);
      const other = await api.make('port', { network_id: inside.id }, red);
      const moved = await change(one, { port_id: other.id });
      assert.equal(moved.body.floatingip?.fixed_ip_address, addressOf(other, '10.9.'));
      assert.equal((await change(one, { description: 'kept' })).body.floatingip?.port_id, other.id);
      const off = await change(one, { port_id: null });
      assert.deepEqual([off.body.floatingip?.status, off.body.floatingip?.router_id], [
        'DOWN',
        null,
      ] as unknown as Body[]);
      await change(one, { port_id: other.id });
      assert.equal(String((await change(one, {})).body.floatingip?.port_id), 'null', 'a PUT of nothing');
      await api.call('DELETE', `/v2.0/ports/${other.id}`, undefined, red);
      await remove(one);
    });

    it('of IPv6 stand for IPv6', async () => {
      const one = await make({ port_id: port.id, subnet_id: outer6.id });
      assert.equal(one.fixed_ip_address, addressOf(port, 'fd00:f::'));
      await remove(one);
    });

    it('of IPv6 stand for IPv4 where that is asked for, or the port has nothing else', async () => {
      const ipv4 = addressOf(port, '10.9.');
      const one = await make({ port_id: port.id, subnet_id: outer6.id, fixed_ip_address: ipv4 });
      assert.deepEqual([one.fixed_ip_address, one.status, one.router_id], [ipv4, 'ACTIVE', router.id]);
      const plain = await api.make('network', {}, red);
      const subnet = await api.make(
        'subnet',
        { network_id: plain.id, ip_version: 4, cidr: '10.7.0.0/24' },
        red,
      );
      await act('add', { subnet_id: subnet.id });
      const four = await api.make('port', { network_id: plain.id }, red);
      const moved = await change(one, { port_id: four.id });
      assert.equal(moved.body.floatingip?.fixed_ip_address, addressOf(four, '10.7.'));
      assert.match(String(one.floating_ip_address), /^2001:db8:f::/);
      await refused(
        () => gateway({ external_fixed_ips: [{ subnet_id: outer6.id }] }),
        409,
        'RouterExternalGatewayInUseByFloatingIp',
      );
      await remove(one);
      assert.equal((await gateway({ external_fixed_ips: [{ subnet_id: outer6.id }] })).status, 200);
      const wish = { floating_network_id: outside.id, subnet_id: outer6.id, port_id: four.id };
      const asked = () => post('floatingips', { floatingip: wish }, red);
      await refused(asked, 400, 'HTTPBadRequest', 'lacks an address of IPv4');
      const both = [outer4, outer6].map(({ id }) => ({ subnet_id: id }));
      assert.equal((await gateway({ external_fixed_ips: both })).status, 200);
      await api.call('DELETE', `/v2.0/ports/${four.id}`);
      await act('remove', { subnet_id: subnet.id });
    });

    it('of IPv4 stand for IPv6 on a network with a prefix for IPv4', async () => {
      const six = await api.make(
        'port',
        { network_id: inside.id, fixed_ips: [{ subnet_id: inner6.id }] },
        red,
      );
      const wish = { floating_network_id: outside.id, subnet_id: outer4.id, port_id: six.id };
      const asked = () => post('floatingips', { floatingip: wish }, red);
      await refused(asked, 400, 'HTTPBadRequest', `network ${inside.id} lacks nat64_prefix`);
      const prefixed = (nat64_prefix: string | null) =>
        api.call('PUT', `/v2.0/networks/${inside.id}`, { network: { nat64_prefix } }, red);
      assert.equal((await prefixed('64:ff9b::/96')).status, 200);
      assert.equal((await gateway({ enable_snat: false })).status, 200);
      await refused(asked, 400, 'HTTPBadRequest', 'enable_snat false');
      assert.equal((await gateway({ enable_snat: true })).status, 200);
      const one = await make({ subnet_id: outer4.id, port_id: six.id });
      assert.match(String(one.floating_ip_address), /^198\.51\.100\./);
      assert.equal(one.fixed_ip_address, addressOf(six, 'fd00:f::'));
      await refused(() => prefixed(null), 409, 'Nat64PrefixInUse', String(one.id));
      assert.equal((await prefixed('64:ff9b:1::/96')).status, 200);
      await refused(() => gateway({ enable_snat: false }), 409, 'RouterExternalGatewayInUseByFloatingIp');
      const again = { port_id: six.id, subnet_id: outer6.id };
      await refused(
        () => post('floatingips', { floatingip: { floating_network_id: outside.id, ...again } }, red),
        409,
        'FloatingIPPortAlreadyAssociated',
      );
      await api.call('DELETE', `/v2.0/ports/${six.id}`);
      assert.equal((await show(one)).status, 'DOWN');
      await remove(one);
      assert.equal((await prefixed(null)).status, 200);
    });

    it('of IPv4 that one translator cannot tell apart stand for IPv6 one at a time', async () => {
      await api.call('PUT', `/v2.0/networks/${inside.id}`, { network: { nat64_prefix: '64:ff9b::/96' } });
      const twin = await api.make('subnet', {
        ...{ network_id: outside.id, ip_version: 4, cidr: '182.51.100.0/28', enable_dhcp: false },
      });
      const sixes = await Promise.all(
        [0, 1].map(() =>
          api.make('port', { network_id: inside.id, fixed_ips: [{ subnet_id: inner6.id }] }, red),
        ),
      );
      const floating = (floating_ip_address: string, port_id: unknown) => ({
        ...{ floating_network_id: outside.id, floating_ip_address, port_id, project_id: 'fip-red' },
      });
      const one = await api.make('floatingip', floating('198.51.100.11', sixes[0]?.id));
      const asked = () => post('floatingips', { floatingip: floating('182.51.100.11', sixes[1]?.id) });
      await refused(asked, 400, 'HTTPBadRequest', 'cannot be told from 198.51.100.11');
      await remove(one);
      for (const { id } of sixes) await api.call('DELETE', `/v2.0/ports/${id}`);
      await api.call('DELETE', `/v2.0/subnets/${twin.id}`);
      await api.call('PUT', `/v2.0/networks/${inside.id}`, { network: { nat64_prefix: null } });
    });

    it('stand for nothing any more when their port goes, or loses the address', async () => {
      const leaving = await api.make('port', { network_id: inside.id }, red);
      const one = await make({ port_id: leaving.id });
      const given = (leaving.fixed_ips as Body[]).filter(({ ip_address }) =>
        String(ip_address).includes(':'),
      );
      const fixed_ips = given.map(({ subnet_id }) => ({ subnet_id }));
      await api.call('PUT', `/v2.0/ports/${leaving.id}`, { port: { fixed_ips } }, red);
      assert.equal((await show(one)).status, 'DOWN');
      const six = await make({ port_id: leaving.id, subnet_id: outer6.id });
      assert.equal(six.status, 'ACTIVE');
      await api.call('DELETE', `/v2.0/ports/${leaving.id}`, undefined, red);
      assert.deepEqual([(await show(six)).status, (await show(six)).port_id], [
        'DOWN',
        null,
      ] as unknown as Body[]);
      for (const each of [one, six]) await remove(each);
    });

    it('are refused as Neutron refuses them', async () => {
      const asked = (wish: object) => () =>
        post('floatingips', { floatingip: { floating_network_id: outside.id, ...wish } }, red);
      await refused(
        asked({ floating_network_id: inside.id }),
        400,
        'HTTPBadRequest',
        'valid external network',
      );
      await refused(asked({ floating_network_id: absent }), 404, 'NetworkNotFound');
      await refused(asked({ floating_ip_address: '198.51.100.9' }), 403, 'PolicyNotAuthorized');
      await refused(asked({ port_id: absent }), 404, 'PortNotFound');
      await refused(asked({ fixed_ip_address: '10.9.0.9' }), 400, 'HTTPBadRequest', 'without a port_id');
      const foreign = { port_id: port.id, fixed_ip_address: '10.9.0.250' };
      await refused(asked(foreign), 400, 'HTTPBadRequest', 'does not have fixed ip 10.9.0.250');
      const one = await make({ port_id: port.id });
      await refused(asked({ port_id: port.id }), 409, 'FloatingIPPortAlreadyAssociated', String(port.id));
      const apart = await api.make('network', {}, red);
      await api.make('subnet', { network_id: apart.id, ip_version: 4, cidr: '10.8.0.0/24' }, red);
      const lonely = await api.make('port', { network_id: apart.id }, red);
      await refused(asked({ port_id: lonely.id }), 404, 'ExternalGatewayForFloatingIPNotFound');
      const several = await api.make(
        'port',
        {
          network_id: inside.id,
          fixed_ips: ['10.9.0.77', '10.9.0.78'].map((ip_address) => ({ ip_address })),
        },
        red,
      );
      await refused(asked({ port_id: several.id }), 400, 'HTTPBadRequest', 'multiple fixed IPv4');
      const detach = () =>
        api.call('PUT', `/v2.0/routers/${router.id}/remove_router_interface`, {
          subnet_id: (port.fixed_ips as Body[])[0]?.subnet_id,
        });
      await refused(detach, 409, 'RouterInterfaceInUseByFloatingIP');
      const clear = () =>
        api.call('PUT', `/v2.0/routers/${router.id}`, { router: { external_gateway_info: null } });
      await refused(clear, 409, 'RouterExternalGatewayInUseByFloatingIp');
      const { body } = await api.call('GET', `/v2.0/ports?device_id=${one.id}`);
      const own = (body.ports as Body[])[0];
      await refused(
        () => api.call('DELETE', `/v2.0/ports/${own?.id}`),
        409,
        'ServicePortInUse',
        String(one.id),
      );
      await refused(() => api.call('DELETE', `/v2.0/networks/${outside.id}`), 409, 'NetworkInUse');
      for (const each of [lonely, several]) await api.call('DELETE', `/v2.0/ports/${each.id}`);
      await remove(one);
    });

    it('have an address that administrators may choose, and no other has', async () => {
      const wish = { floating_network_id: outside.id, floating_ip_address: '198.51.100.9' };
      const one = await api.make('floatingip', { ...wish, project_id: 'fip-red' });
      assert.equal(one.floating_ip_address, '198.51.100.9');
      await refused(() => post('floatingips', { floatingip: wish }), 409, 'IpAddressAlreadyAllocated');
      const beyond = { ...wish, floating_ip_address: '192.0.2.1' };
      await refused(() => post('floatingips', { floatingip: beyond }), 400, 'InvalidIpForNetwork');
      const found = await api.call(
        'GET',
        '/v2.0/floatingips?floating_ip_address=198.51.100.9',
        undefined,
        red,
      );
      assert.equal((found.body.floatingips as Body[]).length, 1);
      const others = await api.call('GET', '/v2.0/floatingips', undefined, member('fip-blue'));
      assert.deepEqual(others.body.floatingips, []);
      const { status } = await api.call('GET', `/v2.0/floatingips/${one.id}`, undefined, member('fip-blue'));
      assert.equal(status, 404);
      await remove(one);
    });

    it('keep their network only while they stand for something', async () => {
      const external = await api.make('network', { 'router:external': true });
      await api.make('subnet', { network_id: external.id, ip_version: 4, cidr: '192.0.2.0/28' });
      const unused = await api.make('floatingip', { floating_network_id: external.id }, red);
      assert.equal((await api.call('DELETE', `/v2.0/networks/${external.id}`)).status, 204);
      assert.equal((await api.call('GET', `/v2.0/floatingips/${unused.id}`)).status, 404);
      const used = await make({ port_id: port.id });
      await refused(() => api.call('DELETE', `/v2.0/networks/${outside.id}`), 409, 'NetworkInUse');
      assert.equal((await remove(used)).status, 204);
    });

    it('use up the addresses of the external network', async () => {
      const made: Body[] = [];
      const asked = () => post('floatingips', { floatingip: { floating_network_id: outside.id } }, red);
      for (;;) {
        const { status, body } = await asked();
        if (status !== 201) break;
        made.push(body.floatingip!);
      }
      await refused(asked, 409, 'IpAddressGenerationFailure');
      for (const one of made) await remove(one);
      // Without those of the router and its gateway.
      assert.equal(made.length, 12);
      await act('remove', { subnet_id: String(inner6.id) });
    });
  });
}
