import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api, member, post, refused } from './harness.ts';

/** What clients of Neutron's send, and need to be taken. */
export function describeClientHabits(): void {
  const put = async (path: string, body: unknown) => {
    const answer = await api.call('PUT', `/v2.0/${path}`, body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };

  describe('bodies and paths', () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=utf-8',
      'json',
      '',
    ])
      it(`JSON is taken as '${type}'`, async () => {
        const answer = await post('networks', { network: { name: 'typed' } }, { 'content-type': type });
        assert.equal(answer.status, 201);
        assert.equal(answer.body.network?.name, 'typed');
      });
    it('and without any Content-Type', async () => {
      const headers = { host: '[::1]' };
      const answer = await api.app.inject({
        method: 'POST',
        url: '/v2.0/networks',
        headers,
        payload: '{"network":{}}',
      });
      assert.equal(answer.statusCode, 201);
    });
    it('but not from a web page of another origin', () =>
      refused(
        () =>
          post(
            'networks',
            { network: {} },
            { origin: 'http://evil.example.com', 'content-type': 'text/plain' },
          ),
        403,
        'PolicyNotAuthorized',
        'evil.example.com',
      ));
    it('a web page of its own may ask', async () => {
      const answer = await post(
        'networks',
        { network: {} },
        { host: '[::1]:9696', origin: 'http://[::1]:9696' },
      );
      assert.equal(answer.status, 201);
    });
    it('items of a list may be wrapped', async () => {
      const { status, body } = await post('networks', {
        networks: [{ network: { name: 'in' } }, { name: 'out' }],
      });
      assert.equal(status, 201);
      assert.deepEqual(
        body.networks?.map(({ name }) => name),
        ['in', 'out'],
      );
    });
    it('an item that is no object is named', () =>
      refused(
        () => post('networks', { networks: [{}, null] }),
        400,
        'HTTPBadRequest',
        'networks[1]. Reason',
      ));
    it('bits beyond the length of a prefix are cleared, which the answer says; who is strict is refused', async () => {
      const network = await api.make('network', {});
      const wish = (cidr: string) => ({ network_id: network.id, ip_version: 6, cidr });
      const one = { subnet: wish('fd00:1::5/64') };
      const strict = { 'x-sextant-strict': 'true' };
      await refused(() => post('subnets', one, strict), 400, 'HTTPBadRequest', 'cidr', 'fd00:1::/64');
      const made = await post('subnets', one);
      assert.equal(made.status, 201, JSON.stringify(made.body));
      assert.equal(made.body.subnet?.cidr, 'fd00:1::/64');
      assert.equal(made.headers['x-sextant-cleared'], 'cidr: fd00:1::5/64 is fd00:1::/64');
      const several = await post('subnets', { subnets: [wish('fd00:2::/64'), wish('fd00:3:0:0:1::/64')] });
      assert.equal(several.headers['x-sextant-cleared'], 'subnets[1].cidr: fd00:3:0:0:1::/64 is fd00:3::/64');
      const plain = await post('subnets', { subnet: wish('fd00:4::/64') }, strict);
      assert.deepEqual([plain.status, plain.headers['x-sextant-cleared']], [201, undefined]);
    });
    it('hyphens and underscores of paths are alike', async () => {
      const group = await api.make('security_group', { name: 'spelled' });
      for (const path of ['security_groups', 'security-groups', 'security_groups.json']) {
        const { body } = await api.call('GET', `/v2.0/${path}?name=spelled`);
        assert.equal(body.security_groups?.[0]?.id, group.id, path);
      }
      const policy = await api.make('policy', { name: 'spelled' });
      const tags = await api.call('PUT', `/v2.0/policies/${policy.id}/tags`, { tags: ['a'] });
      assert.deepEqual([tags.status, tags.body.tags], [200, ['a']]);
      assert.equal((await api.call('GET', '/v2.0/network-segment-ranges')).status, 200);
      assert.equal((await api.call('GET', '/v2.0/no_such-thing')).status, 404);
    });
    it('paths may end in .json, but for tags', async () => {
      const network = await api.make('network', {});
      const show = await api.call('GET', `/v2.0/networks/${network.id}.json?fields=id`);
      assert.deepEqual(show.body, { network: { id: network.id } });
      assert.equal((await api.call('GET', '/v2.0/networks.json')).status, 200);
      assert.equal((await api.call('PUT', `/v2.0/networks/${network.id}/tags/a.json`)).status, 201);
      const { body } = await api.call('GET', `/v2.0/networks/${network.id}/tags.json`);
      assert.deepEqual(body.tags, ['a.json']);
    });
  });

  describe('rules of security groups', () => {
    it('are refused in Neutron’s words for what is no port, and no group', async () => {
      const group = await api.make('security_group', { name: 'worded' });
      const rule = (wish: object) => () =>
        post('security-group-rules', {
          security_group_rule: { security_group_id: group.id, direction: 'ingress', ...wish },
        });
      for (const port of [-16, '80000'])
        await refused(
          rule({ protocol: 'tcp', port_range_min: port, port_range_max: 80 }),
          400,
          'SecurityGroupInvalidPortValue',
          `Invalid value for port ${port}`,
        );
      await refused(rule({ remote_group_id: 'none' }), 404, 'SecurityGroupNotFound', 'none');
      await refused(rule({ remote_group_id: 7 }), 400, 'HTTPBadRequest', 'remote_group_id');
    });
  });

  describe('null', () => {
    it('of a port is what Neutron takes it for', async () => {
      const network = await api.make('network', {});
      const port = await api.make('port', {
        network_id: network.id,
        'binding:host_id': null,
        'binding:profile': null,
        security_groups: null,
        allowed_address_pairs: null,
        extra_dhcp_opts: null,
      });
      assert.equal(port['binding:host_id'], '');
      assert.deepEqual(port['binding:profile'], {});
      assert.deepEqual(
        [port.security_groups, port.allowed_address_pairs, port.extra_dhcp_opts],
        [[], [], []],
      );
      await refused(
        () => api.call('PUT', `/v2.0/ports/${port.id}`, { port: { device_id: null } }),
        400,
        'HTTPBadRequest',
        'device_id',
      );
    });
    it('and an empty gateway of a router, too', async () => {
      const router = await api.make('router', { distributed: null, ha: null, external_gateway_info: {} });
      assert.deepEqual([router.distributed, router.ha, router.external_gateway_info], [true, true, null]);
      const { router: changed } = await put(`routers/${router.id}`, {
        router: { routes: null, external_gateway_info: {} },
      });
      assert.deepEqual(changed?.routes, []);
    });
    it('of a subnet', async () => {
      const network = await api.make('network', {});
      const subnet = await api.make('subnet', {
        network_id: network.id,
        ip_version: 6,
        cidr: 'fd00:ab::/64',
        dns_nameservers: null,
        host_routes: null,
      });
      assert.deepEqual([subnet.dns_nameservers, subnet.host_routes], [[], []]);
    });
    it('Nova unbinds a port as it does', async () => {
      const network = await api.make('network', {});
      const port = await api.make('port', {
        network_id: network.id,
        device_id: 'i-1',
        device_owner: 'compute:nova',
        dns_name: 'vm',
        'binding:host_id': 'h1',
        'binding:profile': { a: 1 },
      });
      const { port: unbound } = await put(`ports/${port.id}`, {
        port: {
          device_id: '',
          device_owner: '',
          'binding:host_id': null,
          'binding:profile': {},
          dns_name: '',
        },
      });
      assert.deepEqual(
        ['device_id', 'device_owner', 'binding:host_id', 'dns_name'].map((name) => unbound?.[name]),
        ['', '', '', ''],
      );
      assert.equal(unbound?.['binding:vif_type'], 'unbound');
    });
  });

  describe('extra_dhcp_opts', () => {
    it('in PUT change those that they name, and take away those without a value', async () => {
      const network = await api.make('network', {});
      const port = await api.make('port', {
        network_id: network.id,
        extra_dhcp_opts: [
          { opt_name: 'mtu', opt_value: '1400' },
          { opt_name: 'ntp-server', opt_value: 'fd00::1', ip_version: 6 },
          { opt_name: 'router', opt_value: null },
        ],
      });
      const mtu = { opt_name: 'mtu', opt_value: '1400', ip_version: 4 };
      const ntp = { opt_name: 'ntp-server', opt_value: 'fd00::1', ip_version: 6 };
      assert.deepEqual(port.extra_dhcp_opts, [mtu, ntp]);
      const change = async (extra_dhcp_opts: unknown) =>
        (await put(`ports/${port.id}`, { port: { extra_dhcp_opts } })).port?.extra_dhcp_opts;
      const fewer = { ...mtu, opt_value: '1300' };
      assert.deepEqual(await change([{ opt_name: 'mtu', opt_value: '1300' }]), [ntp, fewer]);
      assert.deepEqual(await change([{ opt_name: 'mtu', opt_value: null, ip_version: 6 }]), [ntp, fewer]);
      assert.deepEqual(await change([{ opt_name: 'ntp-server', opt_value: null, ip_version: 6 }]), [fewer]);
      assert.deepEqual(await change(null), [fewer]);
    });
  });

  describe('revision numbers', () => {
    const revision = async (path: string): Promise<number> =>
      Number(Object.values((await api.call('GET', `/v2.0/${path}`)).body)[0]?.revision_number);

    it('stay when nothing changes', async () => {
      const network = await api.make('network', { name: 'same' });
      await put(`networks/${network.id}`, { network: { name: 'same' } });
      assert.equal(await revision(`networks/${network.id}`), 1);
      await put(`networks/${network.id}`, { network: { name: 'other' } });
      assert.equal(await revision(`networks/${network.id}`), 2);
    });
    it('of parents move with what is theirs', async () => {
      const network = await api.make('network', {});
      const subnet = await api.make('subnet', {
        network_id: network.id,
        ip_version: 6,
        cidr: 'fd00:ac::/64',
      });
      assert.equal(await revision(`networks/${network.id}`), 2);
      await put(`subnets/${subnet.id}`, { subnet: { name: 'n' } });
      assert.equal(await revision(`networks/${network.id}`), 3);
      await put(`subnets/${subnet.id}`, { subnet: { name: 'n' } });
      assert.equal(await revision(`networks/${network.id}`), 3);

      const router = await api.make('router', {});
      for (const [action, expected] of [
        ['add_router_interface', 2],
        ['remove_router_interface', 3],
      ] as const) {
        await put(`routers/${router.id}/${action}`, { subnet_id: subnet.id });
        assert.equal(await revision(`routers/${router.id}`), expected);
      }
      await api.call('DELETE', `/v2.0/subnets/${subnet.id}`);
      assert.equal(await revision(`networks/${network.id}`), 4);

      const group = await api.make('security_group', {});
      const rule = await api.make('security_group_rule', {
        security_group_id: group.id,
        direction: 'ingress',
        ethertype: 'IPv6',
      });
      assert.equal(await revision(`security-groups/${group.id}`), 2);
      await api.call('DELETE', `/v2.0/security-group-rules/${rule.id}`);
      assert.equal(await revision(`security-groups/${group.id}`), 3);
    });
  });

  describe('security groups', () => {
    const red = member('habits-red');
    it('a rule that an administrator puts into a tenant’s group is its owner’s', async () => {
      const group = await api.make('security_group', { name: 'g' }, red);
      const rule = await api.make('security_group_rule', {
        security_group_id: group.id,
        direction: 'ingress',
        ethertype: 'IPv6',
        protocol: 58,
      });
      assert.equal(rule.project_id, 'habits-red');
      assert.equal(rule.protocol, '58');
      assert.equal(
        (await api.call('DELETE', `/v2.0/security-group-rules/${rule.id}`, undefined, red)).status,
        204,
      );
    });
    it('none is renamed to default', async () => {
      const group = await api.make('security_group', { name: 'g' }, red);
      await refused(
        () =>
          api.call('PUT', `/v2.0/security-groups/${group.id}`, { security_group: { name: 'default' } }, red),
        409,
        'SecurityGroupDefaultAlreadyExists',
      );
    });
    it('IPv6 in IPv4 rules is refused by its number as by its name', async () => {
      const group = await api.make('security_group', {});
      for (const protocol of ['ipv6-encap', '41'])
        await refused(
          () =>
            post('security-group-rules', {
              security_group_rule: { security_group_id: group.id, direction: 'ingress', protocol },
            }),
          400,
          'SecurityGroupEthertypeConflictWithProtocol',
        );
    });
  });
}
