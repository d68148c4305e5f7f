/** Port forwardings of floating IPs in the API. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { absent, api, member, post, refused, slaacModes } from './harness.ts';

export function describePortForwardings(): void {
  describe('port forwardings', () => {
    const red = member('pf-red');
    let outside: Body;
    let outer6: Body;
    let inside: Body;
    let router: Body;
    let port: Body;
    let floating: Body;
    before(async () => {
      outside = await api.make('network', { 'router:external': true });
      await api.make('subnet', { network_id: outside.id, ip_version: 4, cidr: '198.51.100.0/24' });
      outer6 = await api.make('subnet', {
        ...{ network_id: outside.id, ip_version: 6, cidr: '2001:db8:f1::/64', enable_dhcp: false },
      });
      inside = await api.make('network', {}, red);
      const subnets = [
        await api.make('subnet', { network_id: inside.id, ip_version: 4, cidr: '10.19.0.0/24' }, red),
        await api.make(
          'subnet',
          { network_id: inside.id, ip_version: 6, cidr: 'fd00:f1::/64', ...slaacModes },
          red,
        ),
      ];
      router = await api.make('router', { external_gateway_info: { network_id: outside.id } }, red);
      for (const { id } of subnets)
        await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: id }, red);
      port = await api.make('port', { network_id: inside.id }, red);
      floating = await api.make('floatingip', { floating_network_id: outside.id }, red);
    });

    const at = (one: Body, ...rest: unknown[]): string =>
      ['/v2.0/floatingips', one.id, 'port_forwardings', ...rest].join('/');
    const addressOf = ({ fixed_ips }: Body, part: string) =>
      (fixed_ips as Body[]).map(({ ip_address }) => String(ip_address)).find((text) => text.includes(part));
    const plain = (): Record<string, unknown> => ({
      internal_port_id: port.id,
      internal_ip_address: addressOf(port, '10.19.'),
      ...{ internal_port: 80, external_port: 8080, protocol: 'tcp' },
    });
    const ask = (wish: object, one = floating) => api.call('POST', at(one), { port_forwarding: wish }, red);
    const make = async (wish: object = {}, one = floating): Promise<Body> => {
      const { status, body } = await ask({ ...plain(), ...wish }, one);
      assert.equal(status, 201, JSON.stringify(body));
      return body.port_forwarding!;
    };
    const change = (one: Body, wish: object) =>
      api.call('PUT', at(floating, one.id), { port_forwarding: wish }, red);
    const remove = async (one: Body, of = floating) =>
      assert.equal((await api.call('DELETE', at(of, one.id), undefined, red)).status, 204);
    const shown = async (one = floating) =>
      (await api.call('GET', `/v2.0/floatingips/${one.id}`, undefined, red)).body.floatingip!;

    it('lead to no interface of a router', async () => {
      const { body } = await api.call(
        'GET',
        `/v2.0/ports?device_id=${router.id}&network_id=${inside.id}`,
        undefined,
        red,
      );
      const interface4 = body.ports!.find((one) => addressOf(one, '10.19.') !== undefined)!;
      const wish = { ...plain(), internal_ip_address: null, internal_port_id: interface4.id };
      await refused(() => ask(wish), 400, 'HTTPBadRequest', String(interface4.id));
    });

    it('lead from a port of a floating IP to one of a port, by the router between', async () => {
      const one = await make({ description: 'web' });
      assert.deepEqual(one, {
        ...{ id: one.id, internal_port_id: port.id, internal_ip_address: addressOf(port, '10.19.') },
        ...{ internal_port: 80, internal_port_range: '80:80' },
        ...{ external_port: 8080, external_port_range: '8080:8080' },
        ...{ protocol: 'tcp', description: 'web' },
      });
      const { router_id, status, port_id, port_forwardings } = await shown();
      assert.deepEqual([router_id, status, port_id], [router.id, 'ACTIVE', null]);
      assert.deepEqual(port_forwardings, [
        {
          ...{ id: one.id, internal_port_id: port.id, internal_ip_address: one.internal_ip_address },
          ...{ internal_port: 80, external_port: 8080, protocol: 'tcp' },
        },
      ]);
      const { body } = await api.call('GET', at(floating, one.id), undefined, red);
      assert.deepEqual(body.port_forwarding, one);
      const other = await make({ external_port: 8081, internal_port: 81, protocol: 'UDP' });
      const listed = await api.call('GET', `${at(floating)}?protocol=udp`, undefined, red);
      assert.deepEqual(listed.body.port_forwardings, [other]);
      for (const each of [one, other]) await remove(each);
      const { status: after, router_id: none } = await shown();
      assert.deepEqual([after, none], ['DOWN', null] as unknown as Body[]);
    });

    it('have ranges: one by one, or many to one', async () => {
      const without = { internal_port: undefined, external_port: undefined };
      const one = await make({
        ...{ ...without, internal_port_range: '9000:9009', external_port_range: '9100:9109' },
      });
      assert.deepEqual([one.internal_port, one.external_port, one.external_port_range], [
        null,
        null,
        '9100:9109',
      ] as unknown as Body[]);
      const many = await make({ ...without, internal_port: 22, external_port_range: '22:32' });
      assert.deepEqual([many.internal_port, many.external_port_range], [22, '22:32']);
      const wrong = { ...plain(), ...without };
      const cases: [object, string][] = [
        [{ internal_port_range: '1:3', external_port_range: '1:2' }, 'N-N or 1-N'],
        [{ internal_port_range: '3:1', external_port: 1 }, 'not higher'],
        [{ internal_port_range: '1:2:3', external_port: 1 }, 'colon'],
        [{ internal_port: 0, external_port: 1 }, '1'],
        [{ internal_port: 65_536, external_port: 1 }, '65535'],
        [{ external_port: 1 }, 'internal_port or internal_port_range must be given'],
        [{ internal_port: 1 }, 'external_port or external_port_range must be given'],
        [{ internal_port: 1, external_port: 1, external_port_range: '2:2' }, 'is not what'],
        [{ internal_port: 1, external_port_range: '10000:11000' }, 'are the most'],
        [{ internal_port: 1, external_port: 9105 }, '9100:9109 and 9105:9105'],
        [{ internal_port: 9005, external_port: 1 }, '9000:9009 and 9005:9005'],
      ];
      for (const [wish, part] of cases)
        await refused(() => ask({ ...wrong, ...wish }), 400, 'HTTPBadRequest', part);
      for (const each of [one, many]) await remove(each);
    });

    it('of IPv6 lead to IPv6, the first address of a port when none is given', async () => {
      const six = await api.make(
        'floatingip',
        { floating_network_id: outside.id, subnet_id: outer6.id },
        red,
      );
      const one = await make({ internal_ip_address: undefined }, six);
      assert.equal(one.internal_ip_address, addressOf(port, 'fd00:f1::'));
      await refused(() => ask(plain(), six), 400, 'HTTPBadRequest', 'is not suitable');
      // The other version of the port is left to who wants it.
      const four = await api.make('floatingip', { floating_network_id: outside.id, port_id: port.id }, red);
      for (const each of [four]) await api.call('DELETE', `/v2.0/floatingips/${each.id}`, undefined, red);
      await remove(one, six);
      await api.call('DELETE', `/v2.0/floatingips/${six.id}`, undefined, red);
    });

    it('change', async () => {
      const one = await make();
      const other = await make({ external_port: 9000, internal_port: 90 });
      const changed = (await change(one, { external_port: 8888, description: 'moved' })).body.port_forwarding;
      assert.deepEqual(changed, {
        ...(one as object),
        ...{ external_port: 8888, external_port_range: '8888:8888', description: 'moved' },
      });
      await refused(() => change(one, { external_port: 9000 }), 400, 'HTTPBadRequest', 'collision');
      await refused(() => change(one, { internal_port: 90 }), 400, 'HTTPBadRequest', 'collision');
      await refused(() => change(one, { internal_ip_address: '10.19.0.250' }), 400, 'HTTPBadRequest');
      const next = await api.make('port', { network_id: inside.id }, red);
      const moved = (await change(one, { internal_port_id: next.id })).body.port_forwarding;
      assert.equal(moved?.internal_ip_address, addressOf(next, '10.19.'));
      for (const each of [one, other]) await remove(each);
      await api.call('DELETE', `/v2.0/ports/${next.id}`, undefined, red);
    });

    it('are refused as Neutron refuses them', async () => {
      const first = await make();
      const wish = { ...plain(), external_port: 1, internal_port: 1 };
      const asked = (more: object) => () => ask({ ...wish, ...more });
      await refused(asked({ internal_port_id: absent }), 404, 'PortNotFound');
      await refused(asked({ protocol: 'icmp' }), 400, 'HTTPBadRequest', 'tcp, udp');
      await refused(asked({ internal_ip_address: '10.19.0.250' }), 400, 'HTTPBadRequest', 'not suitable');
      await refused(() => ask(plain()), 400, 'HTTPBadRequest', 'internal_port_range');
      await refused(() => ask(wish, { id: absent } as unknown as Body), 404, 'FloatingIPNotFound');
      for (const verb of ['GET', 'PUT', 'DELETE'] as const) {
        const body = verb === 'PUT' ? { port_forwarding: {} } : undefined;
        const missing = () => api.call(verb, at(floating, absent), body, red);
        await refused(missing, 404, 'PortForwardingNotFound');
      }
      const path = `/v2.0/floatingips/${floating.id}`;
      const associate = () => api.call('PUT', path, { floatingip: { port_id: port.id } }, red);
      await refused(associate, 409, 'FipInUseByPortForwarding');
      await refused(() => api.call('DELETE', path, undefined, red), 409, 'FipInUseByPortForwarding');
      const off = await api.call('PUT', path, { floatingip: { port_id: null } }, red);
      assert.equal(off.body.floatingip?.status, 'ACTIVE');
      const another = () =>
        post('floatingips', { floatingip: { floating_network_id: outside.id, port_id: port.id } }, red);
      await refused(another, 400, 'PortHasPortForwarding', String(port.id));
      const detach = () =>
        api.call('PUT', `/v2.0/routers/${router.id}/remove_router_interface`, {
          subnet_id: (port.fixed_ips as Body[])[0]?.subnet_id,
        });
      await refused(detach, 409, 'RouterInterfaceInUseByFloatingIP');
      const clear = () =>
        api.call('PUT', `/v2.0/routers/${router.id}`, { router: { external_gateway_info: null } });
      await refused(clear, 409, 'RouterExternalGatewayInUseByFloatingIp');

      const apart = await api.make('network', {}, red);
      await api.make('subnet', { network_id: apart.id, ip_version: 4, cidr: '10.18.0.0/24' }, red);
      const lonely = await api.make('port', { network_id: apart.id }, red);
      const unreachable = { internal_port_id: lonely.id, internal_ip_address: null };
      await refused(asked(unreachable), 400, 'HTTPBadRequest', 'is not reachable from subnet');
      const bare = await api.make('port', { network_id: inside.id, fixed_ips: [] }, red);
      const addressless = { internal_port_id: bare.id, internal_ip_address: null };
      await refused(asked(addressless), 400, 'HTTPBadRequest', 'must allocate an IPv4 address');

      const standing = await api.make('port', { network_id: inside.id }, red);
      const whole = await api.make(
        'floatingip',
        { floating_network_id: outside.id, port_id: standing.id },
        red,
      );
      const taken = { internal_port_id: standing.id, internal_ip_address: null };
      await refused(asked(taken), 409, 'PortHasBindingFloatingIP', String(standing.id));
      await refused(() => ask(wish, whole), 409, 'FloatingIPPortAlreadyAssociated');
      const byOther = () => api.call('POST', at(floating), { port_forwarding: wish }, member('pf-blue'));
      await refused(byOther, 404, 'FloatingIPNotFound');
      await api.call('DELETE', `/v2.0/floatingips/${whole.id}`, undefined, red);
      for (const each of [lonely, bare, standing])
        await api.call('DELETE', `/v2.0/ports/${each.id}`, undefined, red);
      await remove(first);
    });

    it('are by one router', async () => {
      const one = await make();
      const elsewhere = await api.make('network', {}, red);
      const subnet = await api.make(
        'subnet',
        { network_id: elsewhere.id, ip_version: 4, cidr: '10.17.0.0/24' },
        red,
      );
      const second = await api.make('router', { external_gateway_info: { network_id: outside.id } }, red);
      const path = `/v2.0/routers/${second.id}/add_router_interface`;
      await api.call('PUT', path, { subnet_id: subnet.id }, red);
      const far = await api.make('port', { network_id: elsewhere.id }, red);
      const wish = { internal_port_id: far.id, internal_ip_address: null, external_port: 1 };
      await refused(() => ask({ ...plain(), ...wish }), 400, 'HTTPBadRequest', 'can not reach it');
      await remove(one);
      await remove(await make(wish));
    });

    it('go with their port, or its address', async () => {
      const leaving = await api.make('port', { network_id: inside.id }, red);
      const to = { internal_port_id: leaving.id, internal_ip_address: null };
      await make(to);
      const left = await make({ external_port: 9000, internal_port: 9 });
      const given = (leaving.fixed_ips as Body[]).filter(({ ip_address }) =>
        String(ip_address).includes(':'),
      );
      const fixed_ips = given.map(({ subnet_id }) => ({ subnet_id }));
      await api.call('PUT', `/v2.0/ports/${leaving.id}`, { port: { fixed_ips } }, red);
      const ids = async () => ((await shown()).port_forwardings as Body[]).map(({ id }) => id);
      assert.deepEqual(await ids(), [left.id]);
      assert.equal((await shown()).status, 'ACTIVE');
      await remove(left);
      const other = await api.make('port', { network_id: inside.id }, red);
      await make({ internal_port_id: other.id, internal_ip_address: null });
      await api.call('DELETE', `/v2.0/ports/${other.id}`, undefined, red);
      assert.deepEqual(await ids(), []);
      assert.equal((await shown()).status, 'DOWN');
    });
  });
}
