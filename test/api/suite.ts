import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Answer, Body, TestApi } from '../support/api.ts';

/**
 * What the API does, whatever database is behind it.
 * @param start starts one on an empty database
 */
export function describeApi(start: () => Promise<TestApi>): void {
  let api: TestApi;
  before(async () => {
    api = await start();
    // Listing them makes the default group: later lists change nothing.
    await api.call('GET', '/v2.0/security-groups');
  });
  after(() => api.close());

  const absent = '00000000-0000-4000-8000-000000000000';

  /** Everything there is, to see that a refused request changed nothing. */
  async function everything(): Promise<string> {
    const lists = ['networks', 'subnets', 'ports', 'routers', 'security-groups', 'security-group-rules'];
    return JSON.stringify(
      await Promise.all(lists.map(async (path) => (await api.call('GET', `/v2.0/${path}`)).body)),
    );
  }

  /** The request gets this status, a NeutronError of this type whose message has these words, and changes nothing. */
  async function refused(
    request: () => Promise<Answer>,
    status: number,
    type: string,
    ...words: string[]
  ): Promise<void> {
    const before = await everything();
    const answer = await request();
    const error = answer.body.NeutronError;
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.equal(error?.type, type, String(error?.message));
    for (const word of words)
      assert.ok(error?.message?.includes(word), `'${error?.message}' lacks '${word}'`);
    assert.equal(await everything(), before);
  }

  const post = (path: string, body: unknown, headers?: Record<string, string>) =>
    api.call('POST', `/v2.0/${path}`, body, headers);

  const slaacModes = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
  const idsOf = (answer: Answer, collection: string): string[] =>
    (answer.body[collection] as Body[]).map(({ id }) => String(id));

  describe('bad requests', () => {
    let network: Body;
    before(async () => {
      network = await api.make('network', { name: 'bad' });
    });

    const network_id = () => String(network.id);
    const subnetOf = (wish: Record<string, unknown>) => () =>
      post('subnets', { subnet: { network_id: network_id(), ip_version: 6, ...wish } });

    for (const [what, body, ...words] of [
      ['malformed JSON', '{"network":', 'JSON'],
      ['no object', '[]', 'JSON object'],
      ['the wrong key', { net: {} }, "'network'"],
      ['an unknown attribute', { network: { nme: 'x' } }, "'nme'"],
      ['an attribute that nobody sets', { network: { status: 'ACTIVE' } }, "'status'"],
      ['a number for a name', { network: { name: 5 } }, 'name', '5'],
      ['a name that is too long', { network: { name: 'x'.repeat(256) } }, 'name', '255'],
      ['a boolean that is none', { network: { admin_state_up: 'maybe' } }, 'admin_state_up', 'maybe'],
      ['an MTU out of range', { network: { mtu: 9 } }, 'mtu', '68'],
      ['an MTU over what tunnels carry', { network: { mtu: 1500 } }, 'mtu', '1422'],
      ['an empty list', { networks: [] }, 'networks'],
      ['an item that is no object', { networks: [{}, 7] }, 'networks[1]'],
      ['half a surrogate pair', '{"network":{"name":"\\ud800"}}', 'name', 'Unicode'],
      ['endless nesting', `{"network":{"name":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`, 'nested'],
      ['a __proto__', '{"network":{"__proto__":{"shared":true}}}', '__proto__'],
    ] as const) {
      it(`${what}: 400`, () => refused(() => post('networks', body), 400, 'HTTPBadRequest', ...words));
    }

    it('a body over the limit: 413', () =>
      refused(
        () => post('networks', { network: { name: 'x'.repeat(9_000_000) } }),
        413,
        'HTTPBadRequest',
        'too large',
      ));

    for (const [what, wish, type, ...words] of [
      ['an IPv4-mapped prefix', { cidr: '::ffff:1.2.3.0/120' }, 'InvalidInput', 'cidr'],
      ['a zone id', { cidr: 'fe80::%eth0/64' }, 'HTTPBadRequest', 'cidr'],
      ['host bits', { cidr: 'fd00:1::5/64' }, 'HTTPBadRequest', 'cidr', 'fd00:1::/64'],
      ['a multicast prefix', { cidr: 'ff02::/64' }, 'InvalidInput', 'cidr', 'multicast'],
      ['a link-local prefix', { cidr: 'fe80::/64' }, 'InvalidInput', 'cidr', 'link-local'],
      [
        'an IPv4-mapped gateway',
        { cidr: 'fd00:1::/64', gateway_ip: '::ffff:1.2.3.4' },
        'HTTPBadRequest',
        'gateway_ip',
      ],
      [
        'a gateway with a zone',
        { cidr: 'fd00:1::/64', gateway_ip: 'fe80::1%eth0' },
        'HTTPBadRequest',
        'gateway_ip',
      ],
      ['no prefix', {}, 'HTTPBadRequest', 'cidr'],
      ['a /63 for SLAAC', { cidr: 'fd00::/63', ...slaacModes }, 'InvalidInput', '/64'],
      [
        'an unknown mode',
        { cidr: 'fd00::/64', ipv6_ra_mode: 'on' },
        'HTTPBadRequest',
        'ipv6_ra_mode',
        'slaac',
      ],
      [
        'a DNS server that is no address',
        { cidr: 'fd00::/64', dns_nameservers: ['ns1'] },
        'HTTPBadRequest',
        'dns_nameservers[0]',
      ],
    ] as const) {
      it(`a subnet with ${what}: 400`, () => refused(subnetOf(wish), 400, type, ...words));
    }

    it('an overlapping subnet: 400 that names the other', async () => {
      await api.make('subnet', { network_id: network_id(), ip_version: 6, cidr: 'fd00:5::/64' });
      await refused(subnetOf({ cidr: 'fd00:5::/80' }), 400, 'InvalidInput', 'fd00:5::/64');
    });

    it('a required attribute left out: 400 with its name', () =>
      refused(() => post('ports', { port: {} }), 400, 'HTTPBadRequest', "'network_id'"));

    it('an unknown network: 404', () =>
      refused(() => post('ports', { port: { network_id: absent } }), 404, 'NetworkNotFound', absent));

    it('one bad item among many: nothing is made', () =>
      refused(
        () =>
          post('ports', {
            ports: [{ network_id: network_id() }, { network_id: network_id(), mac_address: 'zz' }],
          }),
        400,
        'HTTPBadRequest',
        'ports[1].mac_address',
      ));

    it('one item in conflict among many: nothing is made', () => {
      const twin = { network_id: network_id(), mac_address: 'fa:16:3e:00:00:77' };
      return refused(
        () => post('ports', { ports: [twin, { network_id: network_id() }, twin] }),
        409,
        'MacAddressInUse',
        'fa:16:3e:00:00:77',
      );
    });

    it('a multicast MAC: 400', () =>
      refused(
        () => post('ports', { port: { network_id: network_id(), mac_address: '01:00:5e:00:00:01' } }),
        400,
        'HTTPBadRequest',
        'mac_address',
        'multicast',
      ));

    it('an unknown path: 404 in Neutron’s form', () =>
      refused(() => api.call('GET', '/v2.0/nets'), 404, 'HTTPNotFound'));

    it('a change of what cannot be changed: 400', async () => {
      const subnet = await api.make('subnet', {
        network_id: network_id(),
        ip_version: 6,
        cidr: 'fd00:6::/64',
        ...slaacModes,
      });
      const put = (wish: object) => () => api.call('PUT', `/v2.0/subnets/${subnet.id}`, { subnet: wish });
      await refused(put({ ipv6_ra_mode: null }), 400, 'HTTPBadRequest', 'read-only', 'ipv6_ra_mode');
      await refused(put({ enable_dhcp: false }), 400, 'InvalidInput', 'enable_dhcp');
      await refused(put({ cidr: 'fd00:7::/64' }), 400, 'HTTPBadRequest', 'cidr');
    });
  });

  describe('what is in use', () => {
    it('is not deleted: 409 that names the user', async () => {
      const network = await api.make('network', {});
      const subnet = await api.make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd01::/64' });
      const port = await api.make('port', { network_id: network.id });
      const group = String(port.security_groups?.[0]);
      const router = await api.make('router', {});
      const attach = (action: string) =>
        api.call('PUT', `/v2.0/routers/${router.id}/${action}`, { subnet_id: subnet.id });
      assert.equal((await attach('add_router_interface')).status, 200);
      const remove = (path: string) => () => api.call('DELETE', `/v2.0/${path}`);
      await refused(remove(`networks/${network.id}`), 409, 'NetworkInUse', String(port.id));
      await refused(remove(`subnets/${subnet.id}`), 409, 'SubnetInUse');
      await refused(remove(`security-groups/${group}`), 409, 'SecurityGroupInUse', String(port.id));
      await refused(remove(`routers/${router.id}`), 409, 'RouterInUse');
      const { body } = await api.call('GET', `/v2.0/ports?device_id=${router.id}`);
      await refused(remove(`ports/${body.ports?.[0]?.id}`), 409, 'ServicePortInUse', String(router.id));
      await refused(() => attach('add_router_interface'), 400, 'HTTPBadRequest', String(subnet.id));

      assert.equal((await attach('remove_router_interface')).status, 200);
      for (const path of [
        `routers/${router.id}`,
        `ports/${port.id}`,
        `subnets/${subnet.id}`,
        `networks/${network.id}`,
      ]) {
        assert.equal((await remove(path)()).status, 204, path);
      }
      await refused(remove(`ports/${port.id}`), 404, 'PortNotFound', String(port.id));
    });
  });

  describe('SLAAC subnets', () => {
    it('give existing and new ports their EUI-64 address, and take it away when deleted', async () => {
      const network = await api.make('network', {});
      const old = await api.make('port', { network_id: network.id, mac_address: 'fa:16:3e:00:00:01' });
      assert.deepEqual(old.fixed_ips, []);
      const subnet = await api.make('subnet', {
        network_id: network.id,
        ip_version: 6,
        cidr: 'fd02::/64',
        ...slaacModes,
      });
      const show = async () => (await api.call('GET', `/v2.0/ports/${old.id}`)).body.port?.fixed_ips;
      assert.deepEqual(await show(), [{ subnet_id: subnet.id, ip_address: 'fd02::f816:3eff:fe00:1' }]);
      assert.equal((await api.call('DELETE', `/v2.0/subnets/${subnet.id}`)).status, 204);
      assert.deepEqual(await show(), []);
    });
    it('readdress a port when its MAC changes', async () => {
      const network = await api.make('network', {});
      await api.make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd03::/64', ...slaacModes });
      const port = await api.make('port', { network_id: network.id });
      const { body } = await api.call('PUT', `/v2.0/ports/${port.id}`, {
        port: { mac_address: 'fa:16:3e:00:00:02' },
      });
      assert.equal(body.port?.fixed_ips?.[0]?.ip_address, 'fd03::f816:3eff:fe00:2');
    });
    it('let a port choose: the MAC follows EUI-64 form, any other address is reserved', async () => {
      const network = await api.make('network', {});
      await api.make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd04::/64', ...slaacModes });
      const choose = (ip_address: string) => ({ network_id: network.id, fixed_ips: [{ ip_address }] });
      const follows = await api.make('port', choose('fd04::f816:3eff:fe00:3'));
      assert.equal(follows.mac_address, 'fa:16:3e:00:00:03');
      const token = await api.make('port', choose('fd04::42'));
      assert.deepEqual(
        token.fixed_ips?.map(({ ip_address }) => ip_address),
        ['fd04::42'],
      );
      await refused(
        () => post('ports', { port: choose('fd04::42') }),
        409,
        'IpAddressAlreadyAllocated',
        'fd04::42',
      );
    });
  });

  describe('routers', () => {
    it('have one port for all IPv6 subnets of a network', async () => {
      const network = await api.make('network', {});
      const cidrs = ['fd05::/64', 'fd06::/64'];
      const subnets = [];
      for (const cidr of cidrs)
        subnets.push(
          await api.make('subnet', { network_id: network.id, ip_version: 6, cidr, ...slaacModes }),
        );
      const router = await api.make('router', {});
      const answers = [];
      for (const { id } of subnets) {
        answers.push(
          await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: id }),
        );
      }
      assert.equal(answers[0]?.body.port_id, answers[1]?.body.port_id);
      assert.deepEqual(
        answers[1]?.body.subnet_ids,
        subnets.map(({ id }) => id),
      );
      const off = await api.call('PUT', `/v2.0/routers/${router.id}/remove_router_interface`, {
        subnet_id: subnets[0]?.id,
      });
      assert.equal(off.status, 200);
      const { body } = await api.call('GET', `/v2.0/ports?device_id=${router.id}`);
      assert.deepEqual(
        body.ports?.[0]?.fixed_ips?.map(({ ip_address }) => ip_address),
        ['fd06::'],
      );
    });
    it('take a link-local next hop when it is plain which link it is on', async () => {
      const network = await api.make('network', {});
      const subnet = await api.make('subnet', {
        network_id: network.id,
        ip_version: 6,
        cidr: 'fd07::/64',
        ...slaacModes,
      });
      const router = await api.make('router', {});
      const put = () =>
        api.call('PUT', `/v2.0/routers/${router.id}`, {
          router: { routes: [{ destination: 'fd99::/48', nexthop: 'fe80::5' }] },
        });
      await refused(put, 400, 'InvalidRoutes', 'link-local');
      await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id });
      assert.equal((await put()).status, 200);
      await refused(
        () => api.call('PUT', `/v2.0/routers/${router.id}/remove_router_interface`, { subnet_id: subnet.id }),
        409,
        'RouterInterfaceInUseByRoute',
      );
    });
    it('may have their gateway on an external network without subnets', async () => {
      const network = await api.make('network', {
        'router:external': true,
        'provider:network_type': 'flat',
        'provider:physical_network': 'physnet1',
      });
      const router = await api.make('router', { external_gateway_info: { network_id: network.id } });
      assert.deepEqual(router.external_gateway_info, {
        network_id: network.id,
        enable_snat: true,
        external_fixed_ips: [],
      });
      await refused(() => api.call('DELETE', `/v2.0/networks/${network.id}`), 409, 'NetworkInUse');
      assert.equal((await api.call('DELETE', `/v2.0/routers/${router.id}`)).status, 204);
      assert.equal((await api.call('DELETE', `/v2.0/networks/${network.id}`)).status, 204);
    });
  });

  describe('lists', () => {
    const project = { 'x-project-id': 'lists' };
    const names = ['a', 'b', 'c', 'd', 'e'];
    before(async () => {
      await api.call(
        'POST',
        '/v2.0/networks',
        { networks: names.map((name) => ({ name, description: 'even' })) },
        project,
      );
    });
    const list = (query: string) => api.call('GET', `/v2.0/networks?project_id=lists&${query}`);
    const namesOf = (answer: Answer) => (answer.body.networks as Body[]).map(({ name }) => String(name));

    it('are filtered by repeated values and cut to fields', async () => {
      const answer = await list('name=a&name=c&fields=name');
      assert.deepEqual(answer.body.networks, [{ name: 'a' }, { name: 'c' }]);
    });
    it('are sorted, and paged both ways by their links', async () => {
      const seen: string[] = [];
      let url: string | undefined = '/v2.0/networks?project_id=lists&limit=2&sort_key=name&sort_dir=desc';
      let last = '';
      while (url) {
        const answer = await api.call('GET', url);
        seen.push(...namesOf(answer));
        const links = (answer.body.networks_links ?? []) as Body[];
        last = url;
        const next = links.find(({ rel }) => String(rel) === 'next')?.href;
        url = next && `/v2.0/networks${new URL(String(next)).search}`;
      }
      assert.deepEqual(seen, ['e', 'd', 'c', 'b', 'a']);
      const { body } = await api.call('GET', last);
      const previous = (body.networks_links as Body[]).find(({ rel }) => String(rel) === 'previous')?.href;
      const back = await api.call('GET', `/v2.0/networks${new URL(String(previous)).search}`);
      assert.deepEqual(namesOf(back), ['c', 'b']);
    });
    it('refuse a marker that is nothing', async () => {
      await refused(() => list('limit=1&marker=nothing'), 400, 'HTTPBadRequest', 'marker');
    });
    it('find ports by address, subnet and security group', async () => {
      const network = await api.make('network', {});
      const subnet = await api.make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd08::/64' });
      const port = await api.make('port', { network_id: network.id });
      await api.make('port', { network_id: network.id, security_groups: [] });
      const find = async (query: string) =>
        idsOf(await api.call('GET', `/v2.0/ports?network_id=${network.id}&${query}`), 'ports');
      assert.deepEqual(await find('fixed_ips=ip_address%3Dfd08:0::1'), [port.id]);
      assert.equal((await find(`fixed_ips=subnet_id%3D${subnet.id}`)).length, 2);
      assert.deepEqual(await find(`security_groups=${port.security_groups?.[0]}`), [port.id]);
    });
  });

  describe('tags', () => {
    it('are set, filtered by, and removed', async () => {
      const [one, two] = [await api.make('network', {}), await api.make('network', {})];
      const put = (id: unknown, tags: string[]) => api.call('PUT', `/v2.0/networks/${id}/tags`, { tags });
      assert.deepEqual((await put(one.id, ['red', '100%'])).body.tags, ['red', '100%']);
      await put(two.id, ['red', 'blue']);
      const find = async (query: string) =>
        idsOf(await api.call('GET', `/v2.0/networks?${query}`), 'networks');
      assert.deepEqual(await find('tags=red,blue'), [two.id]);
      assert.deepEqual(await find('tags-any=100%25,blue'), [one.id, two.id]);
      assert.ok(!(await find('not-tags-any=red')).includes(String(one.id)));
      assert.deepEqual(await find('tags=100_'), []);
      assert.equal((await api.call('DELETE', `/v2.0/networks/${one.id}/tags/red`)).status, 204);
      assert.equal((await api.call('GET', `/v2.0/networks/${one.id}/tags/red`)).status, 404);
      await refused(() => put(one.id, ['a,b']), 400, 'HTTPBadRequest', 'comma');
    });
  });

  describe('revisions', () => {
    it('grow with each change, and If-Match holds a change back', async () => {
      const network = await api.make('network', {});
      const put = (name: string, revision: number) =>
        api.call(
          'PUT',
          `/v2.0/networks/${network.id}`,
          { network: { name } },
          { 'if-match': `revision_number=${revision}` },
        );
      const first = await put('x', 1);
      assert.equal(first.status, 200);
      assert.equal(first.body.network?.revision_number, 2);
      await refused(() => put('y', 1), 412, 'RevisionNumberConstraintFailed', '2');
    });
  });

  describe('projects', () => {
    const member = (project: string) => ({ 'x-project-id': project, 'x-roles': 'member' });
    it('do not see, and cannot change, what is another’s', async () => {
      const mine = await api.make('network', { name: 'mine' }, member('red'));
      const call = (method: 'GET' | 'PUT' | 'DELETE', body?: unknown, headers = member('blue')) =>
        api.call(method, `/v2.0/networks/${mine.id}`, body, headers);
      assert.equal((await call('GET')).status, 404);
      await refused(() => call('PUT', { network: { name: 'x' } }), 404, 'NetworkNotFound');
      await refused(() => call('DELETE'), 404, 'NetworkNotFound');
      await refused(
        () => post('ports', { port: { network_id: mine.id } }, member('blue')),
        404,
        'NetworkNotFound',
      );
      await refused(
        () =>
          post(
            'subnets',
            { subnet: { network_id: mine.id, ip_version: 6, cidr: 'fd00::/64' } },
            member('blue'),
          ),
        404,
        'NetworkNotFound',
      );
      assert.deepEqual(
        (await api.call('GET', '/v2.0/networks', undefined, member('blue'))).body.networks
          ?.map(({ id }) => id)
          .includes(mine.id),
        false,
      );
      await refused(
        () => call('PUT', { network: { name: 'x' } }, { 'x-project-id': 'red', 'x-roles': 'reader' }),
        403,
        'PolicyNotAuthorized',
      );
    });
    it('use shared networks, but do not change them', async () => {
      const shared = await api.make('network', { shared: true });
      await api.make('subnet', { network_id: shared.id, ip_version: 6, cidr: 'fd09::/64' });
      const port = await api.make('port', { network_id: shared.id }, member('blue'));
      assert.equal(port.project_id, 'blue');
      assert.equal(port['binding:host_id'], undefined);
      await refused(
        () => api.call('PUT', `/v2.0/networks/${shared.id}`, { network: { name: 'x' } }, member('blue')),
        403,
        'PolicyNotAuthorized',
      );
      await refused(
        () =>
          post('ports', { port: { network_id: shared.id, port_security_enabled: false } }, member('blue')),
        403,
        'PolicyNotAuthorized',
      );
      await refused(
        () => post('ports', { port: { network_id: shared.id, security_groups: [absent] } }, member('blue')),
        404,
        'SecurityGroupNotFound',
      );
    });
    it('do not get into another’s router', async () => {
      const router = await api.make('router', {}, member('red'));
      const network = await api.make('network', {}, member('blue'));
      const intrude = { device_owner: 'network:router_interface', device_id: router.id };
      await refused(
        () => post('ports', { port: { network_id: network.id, ...intrude } }, member('blue')),
        400,
        'HTTPBadRequest',
        'device_owner',
      );
      const port = await api.make('port', { network_id: network.id }, member('blue'));
      const put = (path: string, body: unknown) => () =>
        api.call('PUT', `/v2.0/${path}`, body, member('blue'));
      await refused(put(`ports/${port.id}`, { port: intrude }), 400, 'HTTPBadRequest', 'device_owner');
      const subnet = await api.make(
        'subnet',
        { network_id: network.id, ip_version: 6, cidr: 'fd0a::/64' },
        member('blue'),
      );
      const attach = `routers/${router.id}/add_router_interface`;
      await refused(put(attach, { subnet_id: subnet.id }), 404, 'RouterNotFound');
      const own = await api.make('router', {}, member('blue'));
      const { body } = await put(`routers/${own.id}/add_router_interface`, { subnet_id: subnet.id })();
      await refused(
        put(`ports/${body.port_id}`, { port: { device_id: router.id } }),
        400,
        'HTTPBadRequest',
        'device_id',
      );
    });
    it('do not take the gateway address of a shared network', async () => {
      const shared = await api.make('network', { shared: true });
      const subnet = await api.make('subnet', { network_id: shared.id, ip_version: 6, cidr: 'fd0b::/64' });
      const router = await api.make('router', {}, member('blue'));
      await refused(
        () =>
          api.call(
            'PUT',
            `/v2.0/routers/${router.id}/add_router_interface`,
            { subnet_id: subnet.id },
            member('blue'),
          ),
        403,
        'PolicyNotAuthorized',
        'gateway_ip',
      );
    });
    it('leave what administrators set to them', async () => {
      await refused(
        () => post('networks', { network: { 'provider:network_type': 'vlan' } }, member('blue')),
        403,
        'PolicyNotAuthorized',
        'provider:network_type',
      );
      await refused(
        () => post('networks', { network: { project_id: 'red' } }, member('blue')),
        403,
        'PolicyNotAuthorized',
        'project_id',
      );
    });
    it('each have one default security group, whoever asks first', async () => {
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => api.call('GET', '/v2.0/security-groups', undefined, member('green'))),
      );
      for (const answer of answers)
        assert.deepEqual(idsOf(answer, 'security_groups'), idsOf(answers[0] as Answer, 'security_groups'));
      assert.equal(answers[0]?.body.security_groups?.length, 1);
    });
  });

  describe('security group rules', () => {
    it('that say the same are refused, with the id of the first', async () => {
      const group = await api.make('security_group', { name: 'g' });
      const wish = (protocol: string) => ({
        security_group_id: group.id,
        direction: 'ingress',
        ethertype: 'IPv6',
        protocol,
      });
      const rule = await api.make('security_group_rule', wish('icmp'));
      assert.equal(rule.protocol, 'ipv6-icmp');
      await refused(
        () => post('security-group-rules', { security_group_rule: wish('58') }),
        409,
        'SecurityGroupRuleExists',
        String(rule.id),
      );
    });
    it('clear the host bits of a remote prefix', async () => {
      const group = await api.make('security_group', { name: 'g' });
      const rule = await api.make('security_group_rule', {
        security_group_id: group.id,
        direction: 'ingress',
        ethertype: 'IPv6',
        remote_ip_prefix: '2001:db8::5/32',
      });
      assert.equal(rule.normalized_cidr, '2001:db8::/32');
    });
  });

  describe('discovery', () => {
    it('names the version, the resources and the extensions', async () => {
      const [versions, resources, extensions] = await Promise.all(
        ['/', '/v2.0/', '/v2.0/extensions'].map((path) => api.call('GET', path)),
      );
      assert.equal(versions?.body.versions?.[0]?.id, 'v2.0');
      assert.ok(
        resources?.body.resources?.some(({ collection }) => String(collection) === 'security_groups'),
      );
      assert.ok(extensions?.body.extensions?.some(({ alias }) => String(alias) === 'standard-attr-tag'));
    });
    it('describes every attribute of every resource in OpenAPI', async () => {
      const { body } = await api.call('GET', '/openapi.json');
      const schema = body.paths?.['/v2.0/subnets']?.get?.responses?.['200'];
      assert.match(JSON.stringify(schema), /ipv6_address_mode/);
      assert.ok(body.paths?.['/v2.0/routers/{id}/add_router_interface']?.put);
    });
    it('answers each request with its id', async () => {
      const { headers } = await api.call('GET', '/v2.0/networks');
      assert.match(String(headers['x-openstack-request-id']), /^req-/);
    });
  });
}
