/** The API that a suite tries, and how it is asked. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { definitions } from '../../src/resources/registry.ts';
import type { Answer, Body, TestApi } from '../support/api.ts';
import { heldToOpenApi } from './declared.ts';

/** The one of this process; there once the suite's tests run. */
export let api: TestApi;

/** Starts an API before the tests of the suite around, and closes it after them. */
export function useApi(start: () => Promise<TestApi>): void {
  before(async () => {
    api = await heldToOpenApi(await start());
    // Listing them makes the default group: later lists change nothing.
    await api.call('GET', '/v2.0/security-groups');
  });
  after(() => api.close());
}

/** An id that nothing has. */
export const absent = '00000000-0000-4000-8000-000000000000';

export const slaacModes = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };

/** Everything there is, to see that a refused request changed nothing. Hosts die by themselves, with time. */
async function everything(): Promise<string> {
  return JSON.stringify(
    await Promise.all(
      Object.values(definitions).map(async ({ path }) => (await api.call('GET', `/v2.0/${path}`)).body),
    ),
    (name, value) => (name === 'alive' ? undefined : value),
  );
}

/** The request gets this status, a NeutronError of this type whose message has these words, and changes nothing. */
export async function refused(
  request: () => Promise<Answer>,
  status: number,
  type: string,
  ...words: string[]
): Promise<void> {
  const before = await everything();
  const answer = await request();
  const error = answer.body.NeutronError;
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.equal(error?.type, type, String(error?.message));
  for (const word of words) assert.ok(error?.message?.includes(word), `'${error?.message}' lacks '${word}'`);
  assert.equal(await everything(), before);
}

export const post = (path: string, body: unknown, headers?: Record<string, string>): Promise<Answer> =>
  api.call('POST', `/v2.0/${path}`, body, headers);

export const idsOf = (answer: Answer, collection: string): string[] =>
  (answer.body[collection] as Body[]).map(({ id }) => String(id));

/** Who asks as a member of a project. */
export const member = (project: string) => ({ 'x-project-id': project, 'x-roles': 'member' });
