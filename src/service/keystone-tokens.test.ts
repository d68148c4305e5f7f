import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { startTestApi, type TestApi } from '../../test/support/api.ts';
import {
  ADMIN_PASSWORD,
  type IdentityApi,
  makeUserIn,
  startIdentityApi,
} from '../../test/support/identity.ts';
import { askKeystone, KeystoneTokens } from './keystone-tokens.ts';

const NETWORKS = '/v2.0/networks';

describe('tokens of a Keystone elsewhere', () => {
  /** Sextant's own stands for it: the API is the same. */
  let keystone: IdentityApi;
  let url: string;
  let api: TestApi;
  let asked: ReturnType<typeof askKeystone>;
  let questions = 0;
  let ahead = 0;
  const failures: unknown[] = [];
  before(async () => {
    keystone = await startIdentityApi();
    await keystone.api.app.listen({ host: '::1', port: 0 });
    url = `http://[::1]:${(keystone.api.app.server.address() as AddressInfo).port}/identity/v3`;
    const as = { user: 'admin', userDomain: 'Default', project: 'admin', projectDomain: 'Default' };
    asked = askKeystone({ url, ...as, password: ADMIN_PASSWORD });
    const tokens = new KeystoneTokens(
      (token) => {
        questions++;
        return asked.ask(token);
      },
      (error) => failures.push(error),
      () => ahead,
    );
    api = await startTestApi(undefined, { keystone: { tokens, url } });
  });
  after(async () => {
    await api.close();
    asked.close();
    await keystone.close();
  });
  const get = (token: string, path = NETWORKS) => api.call('GET', path, undefined, { 'x-auth-token': token });

  it('say who asks, and are asked about once in a while', async () => {
    const { user, scope, projectId } = await makeUserIn(keystone, 'ruth', 'member');
    const token = await keystone.tokenOf(user, scope);
    const before = questions;
    const made = await api.call('POST', NETWORKS, { network: {} }, { 'x-auth-token': token });
    assert.equal(made.status, 201);
    assert.equal(made.body.network?.project_id, projectId);
    await Promise.all(Array.from({ length: 10 }, () => get(token)));
    assert.equal(questions, before + 1);
    ahead += 5_001;
    assert.equal((await get(token)).status, 200);
    assert.equal(questions, before + 2);
  });

  it('that are none are refused, and not asked about again and again', async () => {
    const before = questions;
    for (let time = 0; time < 3; time++) {
      const answer = await get('forged');
      assert.equal(answer.status, 401);
      assert.equal(answer.headers['www-authenticate'], `Keystone uri="${url}"`);
    }
    assert.equal(questions, before + 1);
    assert.equal((await get('x'.repeat(5_000))).status, 401);
    assert.equal((await api.call('GET', NETWORKS)).status, 401);
    assert.equal(questions, before + 1);
    assert.equal((await get('forged', '/identity/v3')).status, 404);
  });

  it('lose what was taken from their holders after some seconds', async () => {
    const { user, scope, userId, projectId, roleId } = await makeUserIn(keystone, 'rosa', 'member');
    const token = await keystone.tokenOf(user, scope);
    assert.equal((await get(token)).status, 200);
    await keystone.admin('DELETE', `/projects/${projectId}/users/${userId}/roles/${roleId}`);
    ahead += 5_001;
    assert.equal((await get(token)).status, 401);
  });

  it('are good for a minute while it does not answer', async () => {
    const { user, scope } = await makeUserIn(keystone, 'rita', 'reader');
    const token = await keystone.tokenOf(user, scope);
    const other = await keystone.tokenOf(user, scope);
    assert.equal((await get(token)).status, 200);
    await keystone.api.app.close();
    ahead += 50_000;
    assert.equal((await get(token)).status, 200);
    const unknown = await get(other);
    assert.equal(unknown.status, 503);
    assert.equal(unknown.headers['retry-after'], '1');
    ahead += 20_000;
    assert.equal((await get(token)).status, 503);
    assert.match(String(failures[0]), /nobody listens there/);
  });
});
