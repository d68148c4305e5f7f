import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TokenKeys } from '../../../src/identity/token-keys.ts';
import {
  ADMIN_PASSWORD,
  byPassword,
  type IdentityApi,
  makeUserIn,
  projectNamed,
  userNamed,
} from '../../support/identity.ts';

const ADMIN = userNamed('admin', ADMIN_PASSWORD);

export function describeSignIn(served: () => IdentityApi): void {
  describe('sign-in', () => {
    it('makes little work of what is no sign-in', async () => {
      const { api } = served();
      const auth = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`k${at}`, 1]));
      assert.equal((await api.call('POST', '/identity/v3/auth/tokens', { auth })).status, 413);
    });

    it('has a process that just began take tokens of others, though they come at once', async () => {
      const { api } = served();
      const { id } = await new TokenKeys(api.store).newest();
      const keys = new TokenKeys(api.store);
      const found = await Promise.all([1, 2, 3].map(() => keys.find(id)));
      assert.deepEqual(
        found.map((key) => key?.id),
        [id, id, id],
      );
    });

    it('answers with a token for the project, its roles and the catalog', async () => {
      const { signIn } = served();
      const { status, body, headers } = await signIn(byPassword(ADMIN), projectNamed('admin'));
      assert.equal(status, 201);
      assert.match(String(headers['x-subject-token']), /^sxt1\./);
      const token = body.token!;
      assert.equal(token.project?.name, 'admin');
      assert.equal(token.project?.domain?.name, 'Default');
      assert.equal(token.user?.name, 'admin');
      assert.deepEqual(token.methods, ['password']);
      assert.deepEqual(token.roles?.map(({ name }) => name).sort(), ['admin', 'manager', 'member', 'reader']);
      const urls = token.catalog?.map(({ type, endpoints }) => [type, endpoints?.[0]?.url]).sort();
      assert.deepEqual(urls, [
        ['identity', 'http://localhost/identity/v3'],
        ['network', 'http://localhost'],
      ]);
      const lifetimeMs = Date.parse(String(token.expires_at)) - Date.parse(String(token.issued_at));
      assert.equal(lifetimeMs, 3_600_000);
    });

    it('takes a project by its id or its name and domain, a domain, the system, or nothing', async () => {
      const { signIn, as, admin } = served();
      const projectId = (await admin('GET', '/projects?name=admin')).body.projects?.[0]?.id;
      for (const [scope, shown] of [
        [{ project: { id: projectId } }, 'project'],
        [{ project: { name: 'admin', domain: { name: 'Default' } } }, 'project'],
        [{ system: { all: true } }, 'system'],
        ['unscoped', undefined],
        [undefined, undefined],
      ] as const) {
        const answer = await signIn(byPassword(ADMIN), scope);
        assert.equal(answer.status, 201, JSON.stringify(answer.body));
        const kinds = ['project', 'domain', 'system'].filter((kind) => answer.body.token?.[kind]);
        assert.deepEqual(kinds, shown === undefined ? [] : [shown]);
      }
      const denied = await signIn(byPassword(ADMIN), { domain: { id: 'default' } });
      assert.equal(denied.status, 401);
      const { userId, roleId } = await makeUserIn(served(), 'of-domain', 'reader');
      const path = `/domains/default/users/${userId}/roles/${roleId}`;
      assert.equal((await admin('PUT', path)).status, 204);
      assert.equal((await admin('HEAD', path)).status, 204);
      const user = { id: userId, password: 'password of of-domain' };
      const { body, headers } = await signIn(byPassword(user), { domain: { name: 'Default' } });
      assert.equal(body.token?.domain?.id, 'default');
      const reader = as(String(headers['x-subject-token']));
      assert.equal((await reader('GET', '/users')).status, 200);
      assert.equal((await reader('POST', '/users', { user: { name: 'x' } })).status, 403);
      assert.equal((await reader('GET', '/v2.0/networks')).status, 403);
    });

    it('gives a token for another scope for a token, that ends no later', async () => {
      const { signIn, tokenOf, advance } = served();
      const first = await tokenOf(ADMIN, 'unscoped');
      advance(600_000);
      const { status, body } = await signIn(
        { methods: ['token'], token: { id: first } },
        projectNamed('admin'),
      );
      assert.equal(status, 201);
      assert.deepEqual(body.token?.methods, ['password', 'token']);
      const lasts = Date.parse(String(body.token?.expires_at)) - Date.parse(String(body.token?.issued_at));
      assert.ok(lasts <= 3_000_000, `${lasts}`);
      assert.equal(body.token?.audit_ids?.length, 2);
      advance(-600_000);
    });

    it('takes the user’s own project when none is asked for', async () => {
      const { signIn, admin } = served();
      const { userId, projectId, user } = await makeUserIn(served(), 'homely', 'member');
      const home = { user: { default_project_id: projectId } };
      assert.equal((await admin('PATCH', `/users/${userId}`, home)).status, 200);
      assert.equal((await signIn(byPassword(user))).body.token?.project?.id, projectId);
      assert.equal((await signIn(byPassword(user), 'unscoped')).body.token?.project, undefined);
    });

    it('tells nothing of why it is refused', async () => {
      const { signIn } = served();
      const answers = await Promise.all([
        signIn(byPassword(userNamed('admin', 'wrong'))),
        signIn(byPassword(userNamed('nobody', 'wrong'))),
        signIn(byPassword({ id: 'nobody', password: 'wrong' })),
        signIn(byPassword({ name: 'admin', domain: { name: 'nowhere' }, password: ADMIN_PASSWORD })),
        signIn(byPassword(ADMIN), projectNamed('nothing')),
        signIn(byPassword(ADMIN), { project: { id: 'nothing' } }),
        signIn({ methods: ['token'], token: { id: 'sxt1.1.x.y' } }),
        signIn({ methods: ['totp'], totp: {} }),
        signIn({ methods: ['application_credential'], application_credential: { id: 'x', secret: 'y' } }),
      ]);
      assert.deepEqual(
        answers.map(({ status }) => status),
        answers.map(() => 401),
      );
      assert.deepEqual(
        new Set(answers.map(({ body }) => JSON.stringify(body))),
        new Set([
          JSON.stringify({
            error: {
              code: 401,
              title: 'Unauthorized',
              message: 'The request you have made requires authentication.',
            },
          }),
        ]),
      );
    });

    it('says what is wrong with a request that is none', async () => {
      const { signIn, api } = served();
      const path = '/identity/v3/auth/tokens';
      for (const body of [
        undefined,
        [],
        { auth: [] },
        { auth: { identity: {} } },
        { auth: { identity: { methods: [] } } },
      ])
        assert.equal((await api.call('POST', path, body)).status, 400, JSON.stringify(body));
      for (const [identity, scope, words] of [
        [byPassword({ name: 'admin', password: 'x' }), undefined, /password\.user/],
        [byPassword({ id: 7, password: 'x' }), undefined, /password\.user\.id/],
        [byPassword({ id: 'x' }), undefined, /password\.user\.password/],
        [byPassword(ADMIN), { project: { name: 'admin' } }, /scope\.project/],
        [byPassword(ADMIN), { project: {}, domain: {} }, /scope/],
        [byPassword(ADMIN), { constructor: {} }, /scope/],
        [{ methods: ['constructor'] }, undefined, undefined],
      ] as const) {
        const { status, body } = await signIn(identity, scope);
        assert.equal(status, words === undefined ? 401 : 400, JSON.stringify(body));
        if (words) assert.match(String(body.error?.message), words);
      }
    });

    it('tells versions and answers about tokens as Keystone does', async () => {
      const { api, as, admin, adminToken } = served();
      const versions = await api.call('GET', '/identity');
      assert.equal(versions.status, 300);
      assert.match(JSON.stringify(versions.body), /"href":"http:\/\/localhost\/identity\/v3\/"/);
      const { body } = await api.call('GET', '/identity/v3');
      assert.equal(body.version?.status, 'stable');
      const subject = { 'x-subject-token': adminToken };
      const shown = await admin('GET', '/auth/tokens', undefined, subject);
      assert.equal(shown.status, 200);
      assert.equal(shown.headers['x-subject-token'], adminToken);
      assert.ok(shown.body.token?.catalog);
      const short = await admin('GET', '/auth/tokens?nocatalog', undefined, subject);
      assert.equal(short.body.token?.catalog, undefined);
      assert.equal((await admin('HEAD', '/auth/tokens', undefined, subject)).status, 200);
      const { user, scope } = await makeUserIn(served(), 'curious', 'member');
      const token = await served().tokenOf(user, scope);
      assert.equal((await as(token)('GET', '/auth/tokens', undefined, subject)).status, 403);
      const unknown = await admin('GET', '/auth/tokens', undefined, { 'x-subject-token': `${adminToken}x` });
      assert.equal(unknown.status, 404);
      assert.equal((await as(token)('GET', '/auth/projects')).body.projects?.length, 1);
      assert.deepEqual((await as(token)('GET', '/auth/domains')).body.domains, []);
      assert.deepEqual((await as(token)('GET', '/auth/system')).body.system, []);
      assert.deepEqual((await admin('GET', '/auth/system')).body.system, [{ all: true }]);
      assert.equal((await as(token)('GET', '/auth/catalog')).body.catalog?.length, 2);
    });

    it('lets nobody in without a token, and with none that is made up', async () => {
      const { api, adminToken, as } = served();
      const without = await api.call('GET', '/v2.0/networks', undefined, {
        'x-roles': 'admin',
        'x-project-id': 'p',
      });
      assert.equal(without.status, 401);
      assert.match(String(without.headers['www-authenticate']), /^Keystone uri="http:.*\/identity"$/);
      assert.equal((await api.call('GET', '/identity/v3/users')).status, 401);
      assert.equal((await api.call('GET', '/status')).status, 401);
      assert.equal((await api.call('GET', '/')).status, 200);
      assert.equal((await api.call('GET', '/healthz')).status, 200);
      const [version, key, payload = '', mac = ''] = adminToken.split('.');
      const said = JSON.parse(Buffer.from(payload, 'base64url').toString());
      const other = Buffer.from(JSON.stringify(['x', ...said.slice(1)])).toString('base64url');
      for (const forged of [
        adminToken.slice(0, -1),
        `${adminToken}=`,
        [version, key, other, mac].join('.'),
        [version, '99', payload, mac].join('.'),
        [version, key, payload, ''].join('.'),
        [version, key].join('.'),
        'x'.repeat(20_000),
        '....',
      ])
        assert.equal((await as(forged)('GET', '/v2.0/networks')).status, 401, forged.slice(0, 300));
      assert.equal((await as(adminToken)('GET', '/v2.0/networks')).status, 200);
    });

    it('tells its metrics to who is on the machine, and to administrators', async () => {
      const { api, adminToken, tokenOf } = served();
      const { user, scope } = await makeUserIn(served(), 'watcher', 'member');
      const member = await tokenOf(user, scope);
      for (const [remoteAddress, token, status] of [
        ['127.0.0.1', undefined, 200],
        ['::1', undefined, 200],
        ['2001:db8::1', undefined, 401],
        ['2001:db8::1', member, 403],
        ['2001:db8::1', adminToken, 200],
      ] as const) {
        const headers = token === undefined ? {} : { 'x-auth-token': token };
        const answer = await api.app.inject({ url: '/metrics', remoteAddress, headers });
        assert.equal(answer.statusCode, status, `${remoteAddress} ${token?.slice(0, 4)}`);
      }
    });

    it('ends tokens with their time, and keeps them when a clock goes back', async () => {
      const { tokenOf, as, advance } = served();
      const token = await tokenOf(ADMIN, projectNamed('admin'));
      advance(3_599_000);
      assert.equal((await as(token)('GET', '/v2.0/networks')).status, 200);
      advance(-7_200_000);
      assert.equal((await as(token)('GET', '/v2.0/networks')).status, 200);
      const second = await tokenOf(ADMIN, projectNamed('admin'));
      assert.equal((await as(second)('GET', '/v2.0/networks')).status, 200);
      advance(7_200_000 + 2_000);
      assert.equal((await as(token)('GET', '/v2.0/networks')).status, 401);
      advance(-3_601_000);
    });

    it('makes a new key each day, and takes the one before as long as its tokens last', async () => {
      const { tokenOf, as, advance } = served();
      const keyOf = (token: string) => token.split('.')[1];
      const first = await tokenOf(ADMIN, projectNamed('admin'));
      advance(86_400_000 - 60_000);
      const last = await tokenOf(ADMIN, projectNamed('admin'));
      advance(120_000);
      const next = await tokenOf(ADMIN, projectNamed('admin'));
      assert.equal(keyOf(first), keyOf(last));
      assert.notEqual(keyOf(last), keyOf(next));
      for (const token of [last, next]) assert.equal((await as(token)('GET', '/v2.0/networks')).status, 200);
      advance(-86_400_000 - 60_000);
    });
  });
}
