import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { definitions } from '../../src/resources/registry.ts';
import type { Body } from '../support/api.ts';
import { absent, api, idsOf, member, post, refused } from './harness.ts';

const words = (count: number, word: (index: number) => string, separator: string): string =>
  Array.from({ length: count }, (_, index) => word(index)).join(separator);

/** What no attribute has, and what types and databases may choke on. */
const HOSTILE = [
  '',
  '%00',
  'a%00b',
  '%ff',
  "'",
  '%25',
  '_',
  '-1',
  '1e9',
  '99999999999',
  '99999999999999999999999',
  'foo',
  'None',
  'true',
  '%F0%9F%A6%91',
  'constructor',
  'fd00::%00',
  absent.toUpperCase(),
  'x'.repeat(5000),
];

const ROLES = {
  admin: {},
  member: member('violet'),
  reader: { 'x-project-id': 'violet', 'x-roles': 'reader' },
};

/** Requests of people who look for holes: none ends in a fault of the server's, none tells what is hidden. */
export function describeHostileRequests(): void {
  describe('hostile requests', () => {
    for (const [what, query, status] of [
      ['a filter that every object has', 'constructor=1', 400],
      ['a filter that is no name', '__proto__=1', 400],
      ['a sort key that every object has', 'sort_key=constructor', 400],
      ['1,200 tags', `tags-any=${words(1200, (index) => `t${index}`, ',')}`, 200],
      ['1,200 tags that must all be there', `not-tags=${words(1200, (index) => `t${index}`, ',')}`, 200],
      ['2,100 sort keys', words(2100, () => 'sort_key=name', '&'), 200],
      ['a tag with a NUL', 'tags=%00', 200],
      ['a marker with a NUL', 'marker=%00&limit=1', 400],
    ] as const) {
      it(`${what}: ${status}`, async () => {
        assert.equal((await api.call('GET', `/v2.0/networks?${query}`)).status, status);
      });
    }
    it('100,000 attributes that there are not: 400, with the first hundred', () => {
      const names = Array.from({ length: 100_000 }, (_, index) => `a${index}`);
      const network = Object.fromEntries(names.map((name) => [name, 1]));
      const said = `'${names.slice(0, 100).join(', ')}'`;
      return refused(() => post('networks', { network }), 400, 'HTTPBadRequest', said);
    });
    it('an old client moves a network to another project: 400', async () => {
      const { body } = await post('networks', { network: {} });
      const path = `/v2.0/networks/${body.network!.id}`;
      const request = () => api.call('PUT', path, { network: { tenant_id: 'b' } });
      await refused(request, 400, 'HTTPBadRequest', 'tenant_id');
    });
    it('2,000 parts of addresses: 200', async () => {
      const query = words(2000, (index) => `fixed_ips=ip_address_substr%3D${index}`, '&');
      assert.equal((await api.call('GET', `/v2.0/ports?${query}`)).status, 200);
    });
    for (const host of [
      'evil.example.com',
      '[2001:db8::1]:9696',
      '127.0.0.1.example.com',
      'localhost.evil',
      '10.0.0.1',
    ])
      it(`a Host of '${host}': 403 with the way out`, () =>
        refused(
          () => api.call('GET', '/v2.0/networks', undefined, { host }),
          403,
          'PolicyNotAuthorized',
          '[::1]',
        ));
    for (const host of ['[::1]:9696', '[0:0:0:0:0:0:0:1]', 'LOCALHOST', '127.0.0.1:1', '127.1.2.3'])
      it(`a Host of '${host}': 200`, async () => {
        assert.equal((await api.call('GET', '/v2.0/networks', undefined, { host })).status, 200);
      });
    for (const host of ['[', 'a b', 'a:99999', 'a/b', 'a@localhost'])
      it(`a Host of '${host}': 400`, async () => {
        const { status, body } = await api.call('GET', '/v2.0/networks', undefined, { host });
        assert.equal(status, 400, JSON.stringify(body));
      });

    for (const definition of Object.values(definitions))
      it(`ids of ${definition.collection} that are none: 404`, async () => {
        for (const id of ['%00', '%27', 'a%00b', 'x'.repeat(300)])
          for (const method of ['GET', 'DELETE'] as const)
            assert.equal((await api.call(method, `/v2.0/${definition.path}/${id}`)).status, 404, id);
      });

    for (const { collection, path, attributes } of Object.values(definitions))
      for (const [role, headers] of Object.entries(ROLES)) {
        const get = (query: string) => api.call('GET', `/v2.0/${path}?${query}`, undefined, headers);
        it(`${collection} take any attribute and value of a ${role}`, async () => {
          for (const [name, { see }] of Object.entries(attributes)) {
            const parameter = encodeURIComponent(name);
            const isHidden = see === 'admin' && role !== 'admin';
            // What types and databases take does not depend on who asks.
            const values = role === 'admin' ? HOSTILE : ['foo', '%00'];
            const queries = [
              ...values.map((value) => `${parameter}=${value}&limit=1`),
              `sort_key=${parameter}`,
              `sort_key=${parameter}&sort_dir=desc&limit=1`,
            ];
            for (const query of queries) {
              const { status, body } = await get(query);
              const allowed = isHidden ? [400] : [200, 400];
              assert.ok(allowed.includes(status), `${status} for ${query}: ${JSON.stringify(body)}`);
            }
            const { status, body } = await get(`fields=${parameter}`);
            assert.equal(status, 200);
            if (isHidden) assert.ok(!JSON.stringify(body).includes(JSON.stringify(name)), name);
          }
        });
      }

    describe('of members', () => {
      let external: Body;
      let network: Body;
      before(async () => {
        external = await api.make('network', { 'router:external': true });
        await api.make('subnet', { network_id: external.id, ip_version: 6, cidr: 'fd0e::/64' });
        network = await api.make('network', {}, member('violet'));
      });
      const routers = (wish: object) => () =>
        post(
          'routers',
          { router: { external_gateway_info: { network_id: external.id, ...wish } } },
          member('violet'),
        );

      it('are not told the subnets of external networks, but those of shared ones', async () => {
        const shared = await api.make('network', { shared: true });
        const subnet = await api.make('subnet', { network_id: shared.id, ip_version: 6, cidr: 'fd0f::/64' });
        const list = await api.call('GET', '/v2.0/subnets', undefined, member('violet'));
        const seen = idsOf(list, 'subnets');
        assert.ok(seen.includes(String(subnet.id)));
        assert.ok(!seen.includes(String(external.subnets?.[0])));
        const cidrs = list.body.subnets?.map(({ cidr }) => String(cidr));
        assert.ok(!cidrs?.includes('fd0e::/64'));
      });
      it('choose neither addresses outside nor SNAT', async () => {
        const wishes = { external_fixed_ips: [{ ip_address: 'fd0e::7' }], enable_snat: false };
        for (const [key, value] of Object.entries(wishes))
          await refused(routers({ [key]: value }), 403, 'PolicyNotAuthorized', key);
        const { body } = await routers({})();
        const router = body.router as Body;
        const put = (wish: object, headers?: Record<string, string>) =>
          api.call(
            'PUT',
            `/v2.0/routers/${router.id}`,
            { router: { external_gateway_info: { network_id: external.id, ...wish } } },
            headers,
          );
        for (const [key, value] of Object.entries(wishes))
          await refused(() => put({ [key]: value }, member('violet')), 403, 'PolicyNotAuthorized', key);
        await put({ enable_snat: false });
        const kept = await put({}, member('violet'));
        assert.equal(kept.body.router?.external_gateway_info?.enable_snat as unknown, false);
        assert.equal((await put({ enable_snat: false }, member('violet'))).status, 200);
      });
      it('do not get rid of port security by what they call a port', async () => {
        const wish = { network_id: network.id, device_owner: 'network:dhcp' };
        const port = await api.make('port', wish, member('violet'));
        assert.equal(port.port_security_enabled as unknown, true);
        assert.equal(port.security_groups?.length, 1);
        assert.equal((await api.make('port', wish)).port_security_enabled as unknown, false);
      });
    });

    describe('DELETE of a network with more than 100 ports of its DHCP', () => {
      let network: Body;
      const dhcp = () => ({ network_id: network.id, device_owner: 'network:dhcp' });
      before(async () => {
        network = await api.make('network', {});
        await post('ports', { ports: Array.from({ length: 120 }, dhcp) });
      });
      it('looks at all of them', async () => {
        const port = await api.make('port', { network_id: network.id, device_owner: 'compute:nova' });
        const remove = () => api.call('DELETE', `/v2.0/networks/${network.id}`);
        await refused(remove, 409, 'NetworkInUse', String(port.id));
        await api.call('DELETE', `/v2.0/ports/${port.id}`);
        assert.equal((await remove()).status, 204);
      });
    });
  });
}
