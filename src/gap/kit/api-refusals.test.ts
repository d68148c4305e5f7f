import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NeutronApiError, NoAnswerError } from '../../client/index.ts';
import { apiRefuses, madeUnlessRefused } from './api-refusals.ts';
import type { Evidence } from './evidence.ts';

const answered =
  (status: number, type = 'BadRequest') =>
  async (): Promise<never> => {
    throw new NeutronApiError('POST /v2.0/ports', status, type, 'No.');
  };
const nobody = async (): Promise<never> => {
  throw new NoAnswerError('POST /v2.0/ports got no answer.');
};
const shown: Evidence[] = [];
const made = (request: () => Promise<unknown>) =>
  madeUnlessRefused({ show: (evidence) => shown.push(evidence) }, { what: 'a port', core: true }, request);

test('what an API refuses is evidence', async () => {
  assert.equal((await apiRefuses({ what: 'a port' }, answered(409, 'IpAddressInUse'), 409)).ok, true);
  const { ok, seen } = await apiRefuses({ what: 'a port' }, answered(404), 409);
  assert.deepEqual([ok, seen], [false, 'status 404 BadRequest']);
  assert.equal((await apiRefuses({ what: 'a port' }, async () => {}, 409)).seen, 'success');
  assert.equal(await made(answered(400)), undefined);
  assert.equal(await made(answered(501)), undefined);
  assert.deepEqual(
    shown.map((evidence) => [evidence.ok, evidence.core, evidence.seen]),
    [400, 501].map((status) => [false, true, `status ${status} BadRequest: No.`]),
  );
});

for (const [what, request] of [
  ['a quota', answered(409, 'OverQuota')],
  ['a limit of requests', answered(429)],
  ['a token that is valid no more', answered(401)],
  ['a fault of the server', answered(500)],
  ['a proxy whose server is away', answered(503)],
  ['no answer', nobody],
] as const) {
  test(`${what} is no refusal, also where one is expected: it says nothing of what was asked`, async () => {
    await assert.rejects(apiRefuses({ what: 'a port' }, request, 409, 429, 401, 500, 503));
    await assert.rejects(made(request));
  });
}

test('what who asks may not do says nothing of whether it can be made', async () => {
  await assert.rejects(made(answered(403, 'PolicyNotAuthorized')));
  assert.equal((await apiRefuses({ what: 'a port' }, answered(403), 403)).ok, true);
});
