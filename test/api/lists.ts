import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Answer, Body } from '../support/api.ts';
import { api, idsOf, refused } from './harness.ts';

/** Lists, tags, revisions and discovery: the same for every resource. */
export function describeLists(): void {
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
    describe('of many', () => {
      const Count = 620;
      const many = { 'x-project-id': 'many' };
      const member = { ...many, 'x-roles': 'member' };
      const nameOf = (number: number) => `n${String(number).padStart(4, '0')}`;
      before(async () => {
        const networks = Array.from({ length: Count }, (_, number) => ({
          name: nameOf(Count - number),
          description: number % 2 === 0 ? 'even' : '',
        }));
        assert.equal((await api.call('POST', '/v2.0/networks', { networks }, many)).status, 201);
      });
      const all = Array.from({ length: Count }, (_, number) => nameOf(number + 1));

      for (const [who, headers] of [
        ['an administrator', {}],
        ['a member', member],
      ] as const) {
        const find = async (query: string) =>
          (await api.call('GET', `/v2.0/networks?project_id=many&${query}`, undefined, headers)).body;
        it(`have each of them once, in their order, for ${who}`, async () => {
          const ids = (await find('')).networks!.map(({ id }) => String(id));
          assert.equal(new Set(ids).size, Count);
          assert.deepEqual(ids, ids.toSorted());
          const sorted = await find('sort_key=name');
          assert.deepEqual(
            sorted.networks!.map(({ name }) => name),
            all,
          );
          assert.equal(Object.keys(sorted.networks![0]!).length > 10, true, 'whole ones');
          assert.equal((await find('sort_key=name&description=even')).networks!.length, Count / 2);
          assert.equal((await find('admin_state_up=true&fields=id')).networks!.length, Count);
        });
        it(`have pages of hundreds with links, and fields alone, for ${who}`, async () => {
          const page = await find('sort_key=name&limit=600&fields=name');
          assert.deepEqual(
            page.networks,
            all.slice(0, 600).map((name) => ({ name })),
          );
          const [next] = page.networks_links as Body[];
          assert.equal(next?.rel, 'next');
          const rest = await find(
            new URL(String(next?.href)).search.slice(1).replace('project_id=many&', ''),
          );
          assert.deepEqual(
            rest.networks,
            all.slice(600).map((name) => ({ name })),
          );
          const back = await find(
            `page_reverse=True&sort_key=name&limit=600&fields=name&marker=${await lastId()}`,
          );
          assert.equal(back.networks!.length, 600);
        });
        const lastId = async () =>
          (await find(`name=${nameOf(Count)}`)).networks!.map(({ id }) => String(id)).join();
      }

      it('keep nobody from being answered', async () => {
        const answered: string[] = [];
        const one = (await list('limit=1')).body.networks![0]!;
        await Promise.all([
          api.call('GET', '/v2.0/networks').then(() => answered.push('the list')),
          api.call('GET', `/v2.0/networks/${one.id}`).then(() => answered.push('the other')),
        ]);
        assert.deepEqual(answered, ['the other', 'the list']);
      });
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
      assert.deepEqual(await find('fixed_ips=ip_address_substr%3D:1'), [port.id]);
      assert.equal((await find('fixed_ips=ip_address_substr%3DFD08')).length, 2);
      assert.deepEqual(await find('fixed_ips=ip_address_substr%3Dzzz'), []);
      assert.deepEqual(await find(`fixed_ips=subnet_id%3D${subnet.id}&fixed_ips=ip_address%3Dfd08::3`), []);
    });
    for (const filter of ['ip_adress%3Dfd08::1', 'fd08::1', 'constructor%3D1'])
      it(`refuse to find ports by ${filter}`, () =>
        refused(
          () => api.call('GET', `/v2.0/ports?fixed_ips=${filter}`),
          400,
          'HTTPBadRequest',
          'subnet_id',
        ));
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
