import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, type Received, serve } from '../../test/support/http-server.ts';
import { type Cloud, cloudAs } from './clouds.ts';
import { IdentityClient } from './identity.ts';
import { NeutronClient } from './neutron-client.ts';

const NO_TLS = { ca: undefined, cert: undefined, key: undefined, verify: undefined };
const catalog = [{ type: 'network', endpoints: [{ interface: 'public', url: 'http://[::1]:1' }] }];

/** As far as an administrator uses Keystone here. */
function keystone({ method, url }: Received): Answer {
  if (url.endsWith('/auth/tokens')) {
    const token = { catalog, project: { id: 'own' }, roles: [{ name: 'member' }, { name: 'admin' }] };
    return [201, { token }, { 'x-subject-token': 'secret' }];
  }
  if (method === 'POST') return [201, { [url.split('/').at(-1)!.slice(0, -1)]: { id: 'made', name: 'n' } }];
  if (url.endsWith('/roles'))
    return [
      200,
      {
        roles: [
          { id: 'r1', name: 'reader' },
          { id: 'r2', name: '_member_' },
        ],
      },
    ];
  return [
    method === 'GET' ? 200 : 204,
    method === 'GET' ? { projects: [{ id: 'p', name: 'x' }] } : undefined,
  ];
}

const cloudAt = (authUrl: string): Cloud => ({
  tls: NO_TLS,
  access: {
    type: 'keystone',
    options: {
      authUrl,
      identity: { applicationCredential: { id: 'c', secret: 's' } },
      interface: 'public',
    },
  },
});

test('projects and users are made, joined by the role that there is, and removed', async (t) => {
  const { endpoint, received } = await serve(t, keystone);
  const identity = IdentityClient.ofCloud(cloudAt(endpoint));
  t.after(() => identity.close());
  assert.deepEqual(await identity.createProject('n', ''), { id: 'made', name: 'n' });
  assert.equal((await identity.createUser('n', 'pw', '')).id, 'made');
  await identity.addMember('p', 'u');
  await identity.delete('user', 'u');
  assert.deepEqual(await identity.list('project'), [{ id: 'p', name: 'x' }]);
  assert.deepEqual(
    received.map(({ method, url }) => `${method} ${url}`),
    [
      'POST /v3/auth/tokens',
      'POST /v3/projects',
      'POST /v3/users',
      'GET /v3/roles',
      'PUT /v3/projects/p/users/u/roles/r2',
      'DELETE /v3/users/u',
      'GET /v3/projects',
    ],
  );
  assert.deepEqual(received[0]?.body, {
    auth: {
      identity: { methods: ['application_credential'], application_credential: { id: 'c', secret: 's' } },
    },
  });
});

test('whose token it is, and the same cloud as somebody else', async (t) => {
  const { endpoint, received } = await serve(t, keystone);
  const client = NeutronClient.ofCloud(cloudAt(endpoint));
  const other = NeutronClient.ofCloud(
    cloudAs(cloudAt(endpoint), { userId: 'u', password: 'pw', projectId: 'p' }),
  );
  t.after(() => client.close());
  t.after(() => other.close());
  assert.deepEqual(await client.whereabouts(), {
    endpoint: 'http://[::1]:1',
    holder: { projectId: 'own', roles: ['member', 'admin'] },
  });
  await other.whereabouts();
  assert.deepEqual(received[1]?.body, {
    auth: {
      identity: { methods: ['password'], password: { user: { id: 'u', password: 'pw' } } },
      scope: { project: { id: 'p' } },
    },
  });
});
