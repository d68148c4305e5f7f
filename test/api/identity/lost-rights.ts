import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bootstrap, IdentityService } from '../../../src/identity/index.ts';
import { eventually } from '../../support/eventually.ts';
import {
  ADMIN_PASSWORD,
  byPassword,
  type IdentityApi,
  makeUserIn,
  userNamed,
} from '../../support/identity.ts';

export function describeLostRights(served: () => IdentityApi): void {
  describe('a token whose holder', () => {
    /** A user with a token that works. */
    const holder = async (name: string, role = 'member') => {
      const made = await makeUserIn(served(), name, role);
      const token = await served().tokenOf(made.user, made.scope);
      const ask = served().as(token);
      assert.equal((await ask('GET', '/v2.0/networks')).status, 200);
      return { ...made, token, ask };
    };

    for (const [title, take, again] of [
      ['is disabled', 'users', { user: { enabled: false } }],
      ['has a new password', 'users', { user: { password: 'another password' } }],
      ['is of a disabled project', 'projects', { project: { enabled: false } }],
    ] as const) {
      it(`${title} is good no more, and is not again`, async () => {
        const { admin } = served();
        const { ask, userId, projectId } = await holder(
          `lost-${take}-${Object.keys(Object.values(again)[0]!)}`,
        );
        const path = `/${take}/${take === 'users' ? userId : projectId}`;
        assert.equal((await admin('PATCH', path, again)).status, 200);
        assert.equal((await ask('GET', '/v2.0/networks')).status, 401);
        const key = take.slice(0, -1);
        assert.equal((await admin('PATCH', path, { [key]: { enabled: true } })).status, 200);
        assert.equal((await ask('GET', '/v2.0/networks')).status, 401);
      });
    }

    it('loses a role has what is left, at once', async () => {
      const { admin } = served();
      const { ask, userId, projectId, roleId } = await holder('demoted');
      const { body } = await admin('GET', '/roles?name=reader');
      const reader = String(body.roles?.[0]?.id);
      const roles = `/projects/${projectId}/users/${userId}/roles`;
      assert.equal((await admin('PUT', `${roles}/${reader}`)).status, 204);
      const network = { network: { name: 'n' } };
      assert.equal((await ask('POST', '/v2.0/networks', network)).status, 201);
      assert.equal((await admin('DELETE', `${roles}/${roleId}`)).status, 204);
      assert.equal((await ask('POST', '/v2.0/networks', network)).status, 403);
      assert.equal((await ask('GET', '/v2.0/networks')).status, 200);
      assert.equal((await admin('DELETE', `${roles}/${reader}`)).status, 204);
      assert.equal((await ask('GET', '/v2.0/networks')).status, 401);
    });

    it('has roles by a group loses them with the group', async () => {
      const { admin, tokenOf, as } = served();
      const { userId, user } = await makeUserIn(served(), 'grouped', 'reader');
      const second = await makeUserIn(served(), 'group-owner', 'member');
      const group = (await admin('POST', '/groups', { group: { name: 'crew' } })).body.group?.id;
      const path = `/groups/${group}/users/${userId}`;
      assert.equal((await admin('PUT', path)).status, 204);
      assert.equal((await admin('HEAD', path)).status, 204);
      const grant = `/projects/${second.projectId}/groups/${group}/roles/${second.roleId}`;
      assert.equal((await admin('PUT', grant)).status, 204);
      const ask = as(await tokenOf(user, second.scope));
      assert.equal((await ask('POST', '/v2.0/networks', { network: {} })).status, 201);
      assert.equal((await ask('GET', `/users/${userId}/projects`)).body.projects?.length, 2);
      const effective = await admin('GET', `/role_assignments?effective&user.id=${userId}&include_names`);
      const named = effective.body.role_assignments?.map(({ role }) => String(role?.name)).sort();
      assert.deepEqual(named, ['member', 'reader', 'reader']);
      assert.equal((await admin('DELETE', path)).status, 204);
      assert.equal((await admin('GET', path)).status, 404);
      assert.equal((await ask('GET', '/v2.0/networks')).status, 401);
    });

    it('is deleted, or is of a deleted project, is good no more', async () => {
      const { admin } = served();
      for (const kind of ['users', 'projects'] as const) {
        const { ask, userId, projectId } = await holder(`deleted-${kind}`);
        const path = `/${kind}/${kind === 'users' ? userId : projectId}`;
        assert.equal((await admin('DELETE', path)).status, 204);
        assert.equal((await admin('GET', path)).status, 404);
        assert.equal((await ask('GET', '/v2.0/networks')).status, 401);
      }
    });

    it('has it revoked is alone in that', async () => {
      const { tokenOf } = served();
      const { ask, token, user, scope } = await holder('revoker');
      const other = served().as(await tokenOf(user, scope));
      const subject = { 'x-subject-token': token };
      assert.equal((await other('DELETE', '/auth/tokens', undefined, subject)).status, 204);
      assert.equal((await ask('GET', '/v2.0/networks')).status, 401);
      assert.equal((await other('GET', '/v2.0/networks')).status, 200);
      assert.equal((await other('DELETE', '/auth/tokens', undefined, subject)).status, 404);
    });

    it('is looked at by a reader of the system is not ended by it', async () => {
      const { admin, tokenOf, as } = served();
      const { token, ask } = await holder('looked-at');
      const { userId, user } = await makeUserIn(served(), 'auditor', 'reader');
      const { body } = await admin('GET', '/roles?name=reader');
      const grant = `/system/users/${userId}/roles/${body.roles?.[0]?.id}`;
      assert.equal((await admin('PUT', grant)).status, 204);
      const auditor = as(await tokenOf(user, { system: { all: true } }));
      const subject = { 'x-subject-token': token };
      assert.equal((await auditor('GET', '/auth/tokens', undefined, subject)).status, 200);
      assert.equal((await auditor('DELETE', '/auth/tokens', undefined, subject)).status, 403);
      assert.equal((await ask('GET', '/v2.0/networks')).status, 200);
    });

    it('changes the password signs in again, with the new one alone', async () => {
      const { signIn } = served();
      const { ask, userId } = await holder('careful');
      const path = `/users/${userId}/password`;
      const original = 'password of careful';
      const wrong = { user: { original_password: 'wrong', password: 'other' } };
      assert.equal((await ask('POST', path, wrong)).status, 401);
      const right = { user: { original_password: original, password: 'other' } };
      assert.equal((await ask('POST', path, right)).status, 204);
      assert.equal((await ask('GET', '/v2.0/networks')).status, 401);
      assert.equal((await signIn(byPassword({ id: userId, password: original }))).status, 401);
      assert.equal((await signIn(byPassword({ id: userId, password: 'other' }))).status, 201);
    });

    it('loses anything in one process has lost it in the others within seconds', async () => {
      const { admin, api } = served();
      const other = new IdentityService(api.store, { lifetimeMs: 3_600_000 });
      const { userId, projectId, roleId, token } = await holder('two-processes');
      const works = async (): Promise<boolean> => {
        try {
          await other.authenticate(token);
          return true;
        } catch {
          return false;
        }
      };
      assert.ok(await works());
      const path = `/projects/${projectId}/users/${userId}/roles/${roleId}`;
      assert.equal((await admin('DELETE', path)).status, 204);
      await eventually('the other process refuses the token', async () => !(await works()));
    });

    it('is the last administrator keeps that right', async () => {
      const { admin } = served();
      const users = await admin('GET', '/users?name=admin');
      const id = users.body.users?.[0]?.id;
      const refusals = [
        await admin('PATCH', `/users/${id}`, { user: { enabled: false } }),
        await admin('DELETE', `/users/${id}`),
        await admin('PATCH', '/domains/default', { domain: { enabled: false } }),
        await admin('PATCH', `/users/${id}`, { user: { password: null } }),
      ];
      assert.deepEqual(
        refusals.map(({ status }) => status),
        [403, 403, 403, 403],
      );
    });

    it('administers by a project alone keeps that project', async () => {
      const { admin } = served();
      const [user, project, role] = await Promise.all(
        (['users', 'projects', 'roles'] as const).map(async (collection) => {
          const { body } = await admin('GET', `/${collection}?name=admin`);
          return String(body[collection]?.[0]?.id);
        }),
      );
      const system = `/system/users/${user}/roles/${role}`;
      assert.equal((await admin('DELETE', system)).status, 204);
      try {
        const off = { project: { enabled: false } };
        assert.equal((await admin('PATCH', `/projects/${project}`, off)).status, 403);
        const own = `/projects/${project}/users/${user}/roles/${role}`;
        assert.equal((await admin('DELETE', own)).status, 403);
      } finally {
        assert.equal((await admin('PUT', system)).status, 204);
      }
    });
  });

  it('a store has its first administrator once', async () => {
    const { identity, signIn } = served();
    assert.equal(await bootstrap(identity, 'another password'), undefined);
    assert.equal(await bootstrap(identity, undefined), undefined);
    const answer = await signIn(byPassword(userNamed('admin', ADMIN_PASSWORD)));
    assert.equal(answer.status, 201);
  });
}
