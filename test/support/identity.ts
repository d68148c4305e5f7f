/** The API with users who sign in, and how they do. */
import assert from 'node:assert/strict';
import { bootstrap, IdentityService, type PasswordCost } from '../../src/identity/index.ts';
import { USUAL_QUOTAS } from '../../src/resources/index.ts';
import { type Answer, startTestApi, type TestApi } from './api.ts';
import { settings } from './operations.ts';

/** The first administrator's. */
export const ADMIN_PASSWORD = 'correct horse battery staple';

const TOKENS = '/identity/v3/auth/tokens';

type Headers = Record<string, string>;

/** Asks as the holder of a token. */
export type Ask = (
  method: Parameters<TestApi['call']>[0],
  path: string,
  body?: unknown,
  headers?: Headers,
) => Promise<Answer>;

export interface IdentityApi {
  readonly api: TestApi;
  readonly identity: IdentityService;
  /** Puts the clock of tokens this far ahead. */
  advance(ms: number): void;
  /** Asks to sign in; `scope` as in the request. */
  signIn(identity: object, scope?: unknown): Promise<Answer>;
  /** The token for a user's password; fails unless there is one. */
  tokenOf(user: object, scope?: unknown): Promise<string>;
  as(token: string): Ask;
  /** The first administrator, in its project. */
  admin: Ask;
  adminToken: string;
  close(): Promise<void>;
}

export const byPassword = (user: object): object => ({ methods: ['password'], password: { user } });

/** A user of the default domain. */
export const userNamed = (name: string, password: string): object => ({
  name,
  domain: { id: 'default' },
  password,
});

export const projectNamed = (name: string): object => ({ project: { name, domain: { id: 'default' } } });

/** As little as there can be: tests sign in hundreds of times. */
const CHEAP = { memory: 64, passes: 1, parallelism: 1 };

/**
 * @param url of the store; a SQLite file of its own when left out
 * @param passwordCost of hashes; next to none when left out
 */
export async function startIdentityApi(
  url?: string,
  passwordCost: PasswordCost | undefined = CHEAP,
): Promise<IdentityApi> {
  let ahead = 0;
  let identity: IdentityService | undefined;
  const api = await startTestApi(url, async (store) => {
    identity = new IdentityService(store, {
      lifetimeMs: 3_600_000,
      now: () => Date.now() + ahead,
      passwordCost,
    });
    assert.equal(await bootstrap(identity, ADMIN_PASSWORD), undefined);
    return { identity, settings: { ...settings, quotas: USUAL_QUOTAS } };
  });
  const signIn: IdentityApi['signIn'] = (how, scope) =>
    api.call('POST', TOKENS, { auth: { identity: how, ...(scope !== undefined && { scope }) } });
  const tokenOf: IdentityApi['tokenOf'] = async (user, scope) => {
    const answer = await signIn(byPassword(user), scope);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return String(answer.headers['x-subject-token']);
  };
  const as =
    (token: string): Ask =>
    (method, path, body, headers) =>
      api.call(method, path.startsWith('/v2.0') ? path : `/identity/v3${path}`, body, {
        'x-auth-token': token,
        ...headers,
      });
  const adminToken = await tokenOf(userNamed('admin', ADMIN_PASSWORD), projectNamed('admin'));
  return {
    api,
    identity: identity!,
    advance: (ms) => {
      ahead += ms;
    },
    signIn,
    tokenOf,
    as,
    admin: as(adminToken),
    adminToken,
    close: () => api.close(),
  };
}

/** What a request made; fails unless it was made. */
export async function madeBy(
  request: Promise<Answer>,
  key: string,
): Promise<{ id: string; [key: string]: unknown }> {
  const { status, body } = await request;
  assert.equal(status, 201, JSON.stringify(body));
  return body[key] as unknown as { id: string };
}

/** Makes a project, and a user with a role in it. Returns them and how to sign in. */
export async function makeUserIn(
  { admin }: Pick<IdentityApi, 'admin'>,
  name: string,
  roleName: string,
  projectId?: string,
): Promise<{ userId: string; projectId: string; user: object; scope: object; roleId: string }> {
  const password = `password of ${name}`;
  const project =
    projectId ??
    (await madeBy(admin('POST', '/projects', { project: { name: `${name}-project` } }), 'project')).id;
  const { id: userId } = await madeBy(admin('POST', '/users', { user: { name, password } }), 'user');
  const { body } = await admin('GET', `/roles?name=${roleName}`);
  const roleId = String(body.roles?.[0]?.id);
  const assigned = await admin('PUT', `/projects/${project}/users/${userId}/roles/${roleId}`);
  assert.equal(assigned.status, 204, JSON.stringify(assigned.body));
  return {
    ...{ userId, projectId: project, roleId },
    user: { id: userId, password },
    scope: { project: { id: project } },
  };
}
