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

test('quotas that are too small are said, and those without an end are not', async (t) => {
  const quota = { network: 100, router: 10, security_group: -1 };
  const cloud = await serve(t, () => [200, { quota }]);
  const client = NeutronClient.at(cloud.endpoint);
  t.after(() => client.close());
  assert.deepEqual(await tightQuotas(client, 'red'), [
    "The project's quota of routers is 10, and 16 may be needed: what does not fit is unverified.",
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
