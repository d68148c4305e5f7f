import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve } from '../../../test/support/http-server.ts';
import { NeutronClient } from '../../client/index.ts';
import { patienceFor, planOf, tightQuotas } from './survey.ts';

const endpoint = 'http://[2001:db8::1]:9696';

test('a run says what it makes, and which evidence it cannot have', () => {
  const member = planOf({ endpoint, rights: 'member' }, undefined).join('\n');
  assert.match(member, /in your project, at most at once: 24 networks/);
  assert.match(member, /--other-cloud/);
  assert.match(member, /no VLAN networks/);
  assert.doesNotMatch(planOf({ endpoint, rights: 'member' }, 'blue').join('\n'), /--other-cloud/);
  assert.match(planOf({ endpoint, rights: 'admin' }, undefined).join('\n'), /two projects with a user each/);
  assert.match(planOf({ endpoint, rights: 'nobody' }, undefined).join('\n'), /does not tell projects apart/);
});

test('what a project has too little room for is said, and what has no end is not', async (t) => {
  const details = {
    network: { limit: 100, used: 80, reserved: 1 },
    subnet: { limit: 100, used: 60, reserved: 0 },
    router: { limit: 10, used: 12, reserved: 0 },
    security_group: { limit: -1, used: 500, reserved: 0 },
  };
  const cloud = await serve(t, ({ url }) => {
    return url === '/v2.0/quotas/red/details.json' ? [200, { quota: details }] : [500, {}];
  });
  const client = NeutronClient.at(cloud.endpoint);
  t.after(() => client.close());
  assert.deepEqual(await tightQuotas(client, 'red'), [
    'Project red has room for 19 networks, and 24 may be needed: what does not fit is unverified.',
    'Project red has room for 0 routers, and 16 may be needed: what does not fit is unverified.',
  ]);
});

test('where it is not told what a project has, its quotas are what it has room for', async (t) => {
  const quota = { network: 100, router: 10, security_group: -1 };
  const cloud = await serve(t, ({ url }) =>
    url === '/v2.0/quotas/red'
      ? [200, { quota }]
      : [404, { NeutronError: { type: 'NotFound', message: 'no' } }],
  );
  const client = NeutronClient.at(cloud.endpoint);
  t.after(() => client.close());
  assert.deepEqual(await tightQuotas(client, 'red'), [
    'Project red has room for 10 routers, and 16 may be needed: what does not fit is unverified.',
  ]);
});

test('where quotas are not for us nothing is said of them', async (t) => {
  const cloud = await serve(t, () => [403, { NeutronError: { type: 'PolicyNotAuthorized', message: 'no' } }]);
  const client = NeutronClient.at(cloud.endpoint);
  t.after(() => client.close());
  assert.deepEqual(await tightQuotas(client, 'red'), []);
});

test('patience is one for what is fast, grows with slowness, and has an end', () => {
  assert.deepEqual([5, 1_000, 1_001, 4_900, 60_000].map(patienceFor), [1, 1, 2, 5, 10]);
});
