import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve } from '../../test/support/http-server.ts';
import { NeutronClient } from './index.ts';
import { keystoneSession } from './keystone.ts';
import { Transport } from './transport.ts';

test('log-in at first use, once for requests at the same time, and again after a 401', async (t) => {
  let issued = 0;
  const { endpoint, received } = await serve(t, ({ headers }) =>
    headers['x-auth-token'] === `token-${issued}` ? [200, { networks: [] }] : [401, { error: {} }],
  );
  const catalog = [
    { type: 'compute', endpoints: [{ interface: 'public', region_id: 'R', url: 'http://nova' }] },
    {
      type: 'network',
      endpoints: [
        { interface: 'internal', region_id: 'R', url: 'http://internal' },
        { interface: 'public', region_id: 'Q', url: 'http://elsewhere' },
        { interface: 'public', region_id: 'R', url: `${endpoint}/v2.0` },
      ],
    },
  ];
  const keystone = await serve(t, () => {
    issued++;
    // By this clock it has ended: the one who issued it says whether it has.
    return [
      201,
      { token: { catalog, expires_at: '2001-01-01T00:00:00.000000Z' } },
      { 'x-subject-token': `token-${issued}` },
    ];
  });
  const transport = new Transport();
  const session = keystoneSession(transport, {
    authUrl: `${keystone.endpoint}/v3`,
    identity: { user: { name: 'demo', domain: { name: 'Default' } }, password: 'secret' },
    project: { id: 'p1' },
    region: 'R',
    interface: 'public',
  });
  const client = new NeutronClient(transport, session);
  t.after(() => client.close());
  await Promise.all([client.list('network'), client.list('network')]);
  assert.equal(issued, 1);
  assert.equal(keystone.received[0]?.url, '/v3/auth/tokens');
  assert.deepEqual(keystone.received[0]?.body, {
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { name: 'demo', domain: { name: 'Default' }, password: 'secret' } },
      },
      scope: { project: { id: 'p1' } },
    },
  });
  issued++; // What was issued is good no more.
  await client.list('network');
  assert.equal(issued, 3);
  assert.deepEqual(
    received.map(({ headers }) => headers['x-auth-token']),
    ['token-1', 'token-1', 'token-1', 'token-3'],
  );
});

test('a catalog without the endpoint, and an answer without a token, are errors that say what to check', async (t) => {
  const options = {
    identity: { token: 'old' },
    region: 'R',
    interface: 'public',
  };
  const transport = new Transport();
  t.after(() => transport.close());
  const open = (authUrl: string) => keystoneSession(transport, { ...options, authUrl }).access(false);
  const poor = await serve(t, () => [201, { token: { catalog: [] } }, { 'x-subject-token': 'new' }]);
  await assert.rejects(
    open(poor.endpoint),
    /no public endpoint of type network in region R. Check region_name/,
  );
  const other = await serve(t, () => [200, {}]);
  await assert.rejects(open(other.endpoint), /no Identity v3 endpoint.*Check auth_url/);
  const strict = await serve(t, () => [401, { error: { title: 'Unauthorized', message: 'Wrong token.' } }]);
  await assert.rejects(open(strict.endpoint), {
    name: 'NeutronApiError',
    status: 401,
    message: 'Wrong token.',
  });
});
