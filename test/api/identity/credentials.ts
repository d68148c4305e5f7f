import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { byPassword, type IdentityApi, madeBy, makeUserIn } from '../../support/identity.ts';

const KEY = 'application_credential';

export function describeCredentials(served: () => IdentityApi): void {
  describe('an application credential', () => {
    const holder = async (name: string) => {
      const made = await makeUserIn(served(), name, 'member');
      const ask = served().as(await served().tokenOf(made.user, made.scope));
      const path = `/users/${made.userId}/application_credentials`;
      const make = (wish: object) => madeBy(ask('POST', path, { [KEY]: wish }), KEY);
      return { ...made, ask, path, make };
    };
    const signInWith = (credential: object) => served().signIn({ methods: [KEY], [KEY]: credential });
    const askWith = async (credential: object) => {
      const answer = await signInWith(credential);
      assert.equal(answer.status, 201, JSON.stringify(answer.body));
      return served().as(String(answer.headers['x-subject-token']));
    };

    it('signs in to its project, by its id or its name, until it is deleted', async () => {
      const { make, path, ask, projectId, userId } = await holder('maker');
      const { id, secret, roles } = await make({ name: 'ci' });
      assert.deepEqual((roles as { name: string }[]).map(({ name }) => name).sort(), ['member', 'reader']);
      const shown = await ask('GET', `${path}/${id}`);
      assert.equal(shown.body[KEY]?.secret, undefined);
      assert.equal(shown.body[KEY]?.project_id, projectId);
      const answer = await signInWith({ id, secret });
      assert.equal(answer.body.token?.project?.id, projectId);
      assert.equal(answer.body.token?.[KEY]?.restricted, true);
      const program = await askWith({ name: 'ci', user: { id: userId }, secret });
      assert.equal((await program('POST', '/v2.0/networks', { network: {} })).status, 201);
      assert.equal((await signInWith({ id, secret: 'wrong' })).status, 401);
      assert.equal((await program('POST', path, { [KEY]: { name: 'more' } })).status, 403);
      assert.equal((await program('DELETE', `${path}/${id}`)).status, 403);
      const token = String(answer.headers['x-subject-token']);
      const again = await served().signIn(
        { methods: ['token'], token: { id: token } },
        { project: { id: projectId } },
      );
      assert.equal(again.status, 403);
      assert.equal((await ask('DELETE', `${path}/${id}`)).status, 204);
      assert.equal((await program('GET', '/v2.0/networks')).status, 401);
      assert.equal((await signInWith({ id, secret })).status, 401);
    });

    it('has no more than its maker has, and asked for', async () => {
      const { make, path, ask, userId, projectId, roleId } = await holder('limited');
      const refused = await ask('POST', path, { [KEY]: { name: 'x', roles: [{ name: 'admin' }] } });
      assert.equal(refused.status, 400);
      const credential = await make({ name: 'looker', roles: [{ name: 'reader' }] });
      const program = await askWith(credential);
      assert.equal((await program('GET', '/v2.0/networks')).status, 200);
      assert.equal((await program('POST', '/v2.0/networks', { network: {} })).status, 403);
      const roles = `/projects/${projectId}/users/${userId}/roles/${roleId}`;
      assert.equal((await served().admin('DELETE', roles)).status, 204);
      assert.equal((await program('GET', '/v2.0/networks')).status, 401);
    });

    it('makes others when it may', async () => {
      const { make, path } = await holder('free');
      const program = await askWith(await make({ name: 'root', unrestricted: true }));
      assert.equal((await program('POST', path, { [KEY]: { name: 'child' } })).status, 201);
      assert.equal((await program('GET', path)).body.application_credentials?.length, 2);
    });

    it('makes none that may do more, or live longer', async () => {
      const { make, path } = await holder('bounded');
      const at = new Date(Date.now() + 600_000).toISOString().slice(0, 19);
      const brief = await askWith(await make({ name: 'brief', unrestricted: true, expires_at: at }));
      const child = await madeBy(brief('POST', path, { [KEY]: { name: 'child' } }), KEY);
      assert.equal(Date.parse(`${child.expires_at}Z`), Date.parse(`${at}Z`));
      const later = { name: 'later', expires_at: '2999-01-01T00:00:00' };
      assert.equal((await brief('POST', path, { [KEY]: later })).status, 400);
      const rules = [{ service: 'identity', method: 'POST', path: '/v3/users/*/application_credentials' }];
      const ruled = await askWith(await make({ name: 'ruled', unrestricted: true, access_rules: rules }));
      assert.equal((await ruled('POST', path, { [KEY]: { name: 'free' } })).status, 403);
    });

    it('is good for the requests that its rules name', async () => {
      const { make, path, ask, user, scope } = await holder('ruled');
      const rules = [
        { service: 'network', method: 'GET', path: '/v2.0/networks' },
        { service: 'network', method: 'GET', path: '/v2.0/networks/*' },
        { service: 'network', method: 'POST', path: '/v2.0/**' },
      ];
      const program = await askWith(await make({ name: 'rules', access_rules: rules }));
      const made = await program('POST', '/v2.0/networks', { network: {} });
      assert.equal(made.status, 201);
      const id = made.body.network?.id;
      assert.equal((await program('GET', `/v2.0/networks/${id}?fields=id`)).status, 200);
      for (const [method, at] of [
        ['DELETE', `/v2.0/networks/${id}`],
        ['GET', `/v2.0/networks/${id}/tags`],
        ['GET', '/v2.0/ports'],
        ['GET', path],
      ] as const)
        assert.equal((await program(method, at)).status, 403, `${method} ${at}`);
      assert.equal((await program('GET', '/auth/catalog')).status, 200);
      const other = { 'x-subject-token': await served().tokenOf(user, scope) };
      for (const method of ['GET', 'DELETE'] as const)
        assert.equal((await program(method, '/auth/tokens', undefined, other)).status, 403);
      const own = await ask('GET', path.replace('application_credentials', 'access_rules'));
      assert.equal(own.body.access_rules?.length, 3);
    });

    it('ends at its time', async () => {
      const { make, ask, path } = await holder('brief');
      const at = new Date(Date.now() + 600_000).toISOString().slice(0, 19);
      const credential = await make({ name: 'brief', expires_at: at });
      const program = await askWith(credential);
      assert.equal((await program('GET', '/v2.0/networks')).status, 200);
      served().advance(601_000);
      assert.equal((await signInWith(credential)).status, 401);
      assert.equal((await program('GET', '/v2.0/networks')).status, 401, 'a token outlives it');
      served().advance(-601_000);
      const past = { name: 'past', expires_at: '2020-01-01T00:00:00' };
      assert.equal((await ask('POST', path, { [KEY]: past })).status, 400);
    });

    it('changes no password', async () => {
      const { make, userId } = await holder('careless');
      const program = await askWith(await make({ name: 'any' }));
      const right = { user: { original_password: 'password of careless', password: 'other' } };
      assert.equal((await program('POST', `/users/${userId}/password`, right)).status, 403);
    });

    it('takes no scope, and belongs to its user alone', async () => {
      const { make, path, projectId, user } = await holder('private');
      const credential = await make({ name: 'own' });
      const answer = await served().signIn(
        { methods: [KEY], [KEY]: credential },
        { project: { id: projectId } },
      );
      assert.equal(answer.status, 400);
      const stranger = await makeUserIn(served(), 'stranger', 'member');
      const ask = served().as(await served().tokenOf(stranger.user, stranger.scope));
      assert.equal((await ask('GET', path)).status, 403);
      const unscoped = await served().signIn(byPassword(user), 'unscoped');
      const nowhere = served().as(String(unscoped.headers['x-subject-token']));
      assert.equal((await nowhere('POST', path, { [KEY]: { name: 'x' } })).status, 400);
    });
  });
}
