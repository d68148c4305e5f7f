import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type IdentityApi, madeBy, makeUserIn } from '../../support/identity.ts';

export function describeDirectory(served: () => IdentityApi): void {
  describe('users, projects and the rest', () => {
    it('are made, listed, shown, changed and deleted', async () => {
      const { admin } = served();
      const domain = await madeBy(admin('POST', '/domains', { domain: { name: 'north' } }), 'domain');
      const within = { domain_id: domain.id };
      for (const [path, name, wish, change] of [
        ['projects', 'project', { name: 'p', ...within, tags: ['a'] }, { description: 'd' }],
        ['users', 'user', { name: 'u', ...within, email: 'u@example.com', phone: '1' }, { email: null }],
        ['groups', 'group', { name: 'g', ...within }, { name: 'h' }],
        ['roles', 'role', { name: 'operator' }, { name: 'observer' }],
        ['regions', 'region', { id: 'south' }, { description: 'd' }],
        ['services', 'service', { name: 's', type: 'dns' }, { enabled: false }],
      ] as const) {
        const made = await madeBy(admin('POST', `/${path}`, { [name]: wish }), name);
        for (const [key, value] of Object.entries(wish)) assert.deepEqual(made[key], value);
        const at = `/${path}/${made.id}`;
        const filter = Object.entries(wish).find(([key]) => key === 'name' || key === 'id');
        const list = await admin('GET', `/${path}?${filter?.join('=')}`);
        assert.deepEqual(
          list.body[path]?.map(({ id }) => id),
          [made.id],
        );
        // Clients send back what they were shown.
        const { links: _, ...all } = made;
        const changed = await admin('PATCH', at, { [name]: { ...all, ...change } });
        assert.equal(changed.status, 200, JSON.stringify(changed.body));
        assert.deepEqual((await admin('GET', at)).body[name], { ...made, ...change, links: made.links });
        assert.equal((await admin('DELETE', at)).status, 204);
        assert.equal((await admin('DELETE', at)).status, 404);
      }
      assert.equal((await admin('DELETE', `/domains/${domain.id}`)).status, 403);
      await admin('PATCH', `/domains/${domain.id}`, { domain: { enabled: false } });
      assert.equal((await admin('DELETE', `/domains/${domain.id}`)).status, 204);
    });

    it('are found by no NUL', async () => {
      const { admin } = served();
      for (const path of [
        '/users/%00',
        '/regions/%00',
        '/users/x%00/projects',
        '/role_assignments?user.id=%00',
      ])
        assert.equal((await admin('GET', path)).status, 400, path);
    });

    it('keep what they do not know, which names nothing', async () => {
      const { admin } = served();
      const wish = { domain: { name: 'odd', domain_id: 'nowhere' } };
      const { id, domain_id } = await madeBy(admin('POST', '/domains', wish), 'domain');
      assert.equal(domain_id, 'nowhere');
      assert.equal((await admin('PATCH', `/domains/${id}`, { domain: { enabled: false } })).status, 200);
      assert.equal((await admin('DELETE', `/domains/${id}`)).status, 204);
    });

    it('have names of their own, and what they name is there', async () => {
      const { admin } = served();
      for (const [path, body, status] of [
        ['/projects', { project: { name: 'admin' } }, 409],
        ['/users', { user: { name: 'admin' } }, 409],
        ['/roles', { role: { name: 'member' } }, 409],
        ['/domains', { domain: { name: 'Default' } }, 409],
        ['/regions', { region: { id: 'RegionOne' } }, 409],
        ['/projects', { project: { name: 'x', domain_id: 'nowhere' } }, 404],
        ['/projects', { project: { name: 'x', parent_id: 'nowhere' } }, 400],
        ['/endpoints', { endpoint: { service_id: 'x', interface: 'public', url: '/' } }, 404],
        ['/endpoints', { endpoint: { service_id: 'x', interface: 'secret', url: '/' } }, 400],
        ['/users', { user: { name: ' ' } }, 400],
        ['/users', { user: {} }, 400],
        ['/users', { user: { name: 'x', enabled: 'perhaps' } }, 400],
        ['/users', { user: { name: 'x', more: 'x'.repeat(5000) } }, 400],
        ['/users', {}, 400],
      ] as const) {
        const answer = await admin('POST', path, body);
        assert.equal(answer.status, status, `${JSON.stringify(body)} ${JSON.stringify(answer.body)}`);
        assert.equal(answer.body.error?.code, status);
      }
      const region = await admin('DELETE', '/regions/RegionOne');
      assert.equal(region.status, 409);
    });

    it('a domain goes with all that is in it', async () => {
      const { admin, signIn } = served();
      const { id: domain_id } = await madeBy(
        admin('POST', '/domains', { domain: { name: 'west' } }),
        'domain',
      );
      const project = await madeBy(
        admin('POST', '/projects', { project: { name: 'p', domain_id } }),
        'project',
      );
      const user = await madeBy(
        admin('POST', '/users', { user: { name: 'u', password: 'secret-u', domain_id } }),
        'user',
      );
      const role = (await admin('GET', '/roles?name=member')).body.roles?.[0]?.id;
      await admin('PUT', `/projects/${project.id}/users/${user.id}/roles/${role}`);
      const how = { methods: ['password'], password: { user: { id: user.id, password: 'secret-u' } } };
      assert.equal((await signIn(how, { project: { id: project.id } })).status, 201);
      await admin('PATCH', `/domains/${domain_id}`, { domain: { enabled: false } });
      assert.equal((await signIn(how, { project: { id: project.id } })).status, 401);
      assert.equal((await admin('DELETE', `/domains/${domain_id}`)).status, 204);
      for (const path of [`/users/${user.id}`, `/projects/${project.id}`])
        assert.equal((await admin('GET', path)).status, 404);
      const left = await admin('GET', `/role_assignments?user.id=${user.id}`);
      assert.deepEqual(left.body.role_assignments, []);
    });

    it('tells members about themselves, and nothing of what there is beside', async () => {
      const { admin, tokenOf, as } = served();
      const { user, scope, userId, projectId, roleId } = await makeUserIn(served(), 'modest', 'member');
      const ask = as(await tokenOf(user, scope));
      const other = (await admin('GET', '/users?name=admin')).body.users?.[0]?.id;
      for (const [path, status] of [
        [`/users/${userId}`, 200],
        [`/users/${userId}/projects`, 200],
        [`/users/${userId}/groups`, 200],
        [`/projects/${projectId}`, 200],
        ['/domains/default', 200],
        ['/regions', 200],
        [`/users/${other}`, 403],
        ['/users/nobody', 403],
        [`/users/${other}/projects`, 403],
        ['/projects/nothing', 403],
        ['/domains/nowhere', 403],
        ['/users', 403],
        ['/projects', 403],
        ['/groups', 403],
        ['/roles', 403],
        [`/roles/${roleId}`, 403],
        ['/services', 403],
        ['/endpoints', 403],
        ['/role_assignments', 403],
        ['/role_inferences', 403],
        [`/projects/${projectId}/users/${userId}/roles`, 403],
      ] as const)
        assert.equal((await ask('GET', path)).status, status, path);
      for (const [method, path] of [
        ['POST', '/users'],
        ['PATCH', `/users/${userId}`],
        ['DELETE', `/users/${userId}`],
        ['PUT', `/projects/${projectId}/users/${userId}/roles/${roleId}`],
        ['DELETE', `/projects/${projectId}/users/${userId}/roles/${roleId}`],
        ['POST', `/users/${other}/password`],
        ['POST', `/users/${other}/application_credentials`],
      ] as const)
        assert.equal((await ask(method, path, { user: { name: 'x' } })).status, 403, `${method} ${path}`);
    });

    it('say who has which role where', async () => {
      const { admin } = served();
      const { userId, projectId, roleId } = await makeUserIn(served(), 'assigned', 'manager');
      const list = await admin('GET', `/role_assignments?user.id=${userId}&include_names=true`);
      const [one] = list.body.role_assignments!;
      assert.deepEqual(one!.scope?.project?.name, 'assigned-project');
      assert.deepEqual(one!.scope?.project?.domain, { id: 'default', name: 'Default' });
      assert.equal(one!.user?.name, 'assigned');
      assert.equal(one!.role?.name, 'manager');
      const roles = await admin('GET', `/projects/${projectId}/users/${userId}/roles`);
      assert.deepEqual(
        roles.body.roles?.map(({ id }) => id),
        [roleId],
      );
      const system = await admin('GET', '/role_assignments?scope.system=all');
      assert.equal(system.body.role_assignments?.length, 1);
      assert.equal((await admin('PUT', `/system/users/${userId}/roles/${roleId}`)).status, 204);
      assert.equal((await admin('GET', `/system/users/${userId}/roles/${roleId}`)).status, 204);
      assert.equal((await admin('DELETE', `/system/users/${userId}/roles/${roleId}`)).status, 204);
      assert.equal((await admin('DELETE', `/system/users/${userId}/roles/${roleId}`)).status, 404);
      assert.equal((await admin('PUT', `/projects/x/users/${userId}/roles/${roleId}`)).status, 404);
      const implied = await admin('GET', `/roles/${roleId}/implies`);
      assert.deepEqual(
        implied.body.role_inference?.implies?.map(({ name }) => name),
        ['member'],
      );
      assert.equal((await admin('GET', '/role_inferences')).body.role_inferences?.length, 3);
    });

    it('put endpoints into the catalog, as each is', async () => {
      const { admin } = served();
      const service = await madeBy(
        admin('POST', '/services', { service: { type: 'compute', name: 'nova' } }),
        'service',
      );
      const endpoint = {
        service_id: service.id,
        interface: 'public',
        url: 'http://nova:8774/v2.1',
        region: 'RegionOne',
      };
      const made = await madeBy(admin('POST', '/endpoints', { endpoint }), 'endpoint');
      assert.equal(made.region_id, 'RegionOne');
      const { body } = await admin('GET', '/auth/catalog');
      const nova = body.catalog?.find(({ type }) => String(type) === 'compute');
      assert.equal(nova?.endpoints?.[0]?.url, 'http://nova:8774/v2.1');
      assert.equal((await admin('DELETE', `/services/${service.id}`)).status, 204);
      assert.equal((await admin('GET', `/endpoints/${made.id}`)).status, 404);
    });
  });
}
