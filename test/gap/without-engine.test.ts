import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { NeutronClient } from '../../src/client/index.ts';
import { type GapOptions, type GapProgress, runGap, UnknownUseCaseError } from '../../src/gap/index.ts';
import { startTestApi, type TestApi } from '../support/api.ts';
import { quiet } from '../support/stores.ts';

describe('the gap analysis on an API without a switch', () => {
  let api: TestApi;
  let endpoint = '';
  before(async () => {
    api = await startTestApi();
    await api.app.listen({ host: '::1', port: 0 });
    endpoint = `http://[::1]:${(api.app.server.address() as AddressInfo).port}`;
  });
  after(() => api.close());

  const options = (changes: Partial<GapOptions>): GapOptions => ({
    endpoint,
    engine: 'none',
    claims: true,
    clientFor: (projectId, role) =>
      NeutronClient.at(endpoint, { headers: { 'X-Project-Id': projectId, 'X-Roles': role } }),
    progress: () => {},
    log: quiet,
    ...changes,
  });

  /** What there is in the API, of all projects. */
  async function left(): Promise<string[]> {
    const admin = NeutronClient.at(endpoint);
    try {
      const names = ['network', 'subnet', 'port', 'router', 'security_group'] as const;
      const lists = await Promise.all(names.map((name) => admin.list(name)));
      const ofTenants = lists.flat().filter(({ project_id }) => project_id !== 'default');
      return ofTenants.map(({ name, project_id }) => `${name} of ${project_id}`);
    } finally {
      admin.close();
    }
  }

  it('a use case that cannot be tried is unverified, says why, and leaves nothing', async () => {
    const { cases } = await runGap(options({ cases: ['v6-only'] }));
    assert.equal(cases[0]?.verdict, 'unverified');
    assert.match(cases[0]?.missing[0] ?? '', /no local switch/);
    assert.deepEqual(await left(), []);
  });

  it('the report says on what it would have been tried, and progress how it went', async () => {
    const events: GapProgress[] = [];
    const progress = (event: GapProgress): void => void events.push(event);
    const { cases } = await runGap(options({ cases: ['v6-only', 'dvr'], progress }));
    assert.deepEqual(
      cases[0]?.topology?.networks.map(({ tenant, name }) => `${tenant}: ${name}`),
      ['red: overlay', 'red: other', 'red: apart', 'red: vlan'],
    );
    assert.equal(cases[0]?.topology?.routers.length, 2);
    assert.deepEqual(
      events.map((event) => ('case' in event ? `${event.event} ${event.case}` : event.event)).toSorted(),
      [
        ...['case-finished dvr', 'case-finished v6-only', 'case-started dvr', 'case-started v6-only'],
        ...['run-finished', 'run-started'],
      ],
    );
    assert.equal(events[0]?.event, 'run-started');
    assert.equal(events.at(-1)?.event, 'run-finished');
  });

  it('one whose parts cannot be tried is unverified too', async () => {
    const { cases } = await runGap(options({ cases: ['dual-stack'] }));
    assert.equal(cases[0]?.verdict, 'unverified');
    assert.deepEqual(await left(), []);
  });

  it('an id that is none is refused, and the known ones are named', async () => {
    await assert.rejects(runGap(options({ cases: ['dvr', 'ipv5'] })), (error) => {
      assert.ok(error instanceof UnknownUseCaseError);
      assert.match(error.message, /'ipv5'.*multi-tenant/);
      return true;
    });
  });

  it('an aborted run reports what was tried until then, and leaves nothing', async () => {
    const abort = new AbortController();
    let requests = 0;
    const { cases, unfinished } = await runGap(
      options({
        cases: ['multi-tenant', 'v6-only', 'dual-stack', 'address-modes', 'dvr'],
        signal: abort.signal,
        clientFor: (projectId, role) =>
          NeutronClient.at(endpoint, {
            headers: { 'X-Project-Id': projectId, 'X-Roles': role },
            onExchange: () => {
              if (++requests === 6) abort.abort(new Error('enough'));
            },
          }),
      }),
    );
    // Three are tried at a time: the others were never begun.
    assert.deepEqual(unfinished, ['multi-tenant', 'v6-only', 'dual-stack', 'address-modes', 'dvr']);
    assert.deepEqual(
      cases.map(({ id, verdict, missing }) => [id, verdict, missing[0]]),
      ['multi-tenant', 'v6-only', 'dual-stack'].map((id) => [
        id,
        'unverified',
        'The run was interrupted before this was tried to its end.',
      ]),
    );
    assert.ok(cases.every(({ seconds }) => seconds > 0));
    assert.ok(requests > 6, 'what was made was removed by requests');
    assert.deepEqual(await left(), []);
  });

  it('an API that fails makes a no with what it said', async () => {
    const nobody = () => NeutronClient.at('http://[::1]:1');
    const { cases } = await runGap(options({ cases: ['dual-stack'], clientFor: nobody }));
    assert.equal(cases[0]?.verdict, 'no');
    assert.match(cases[0]?.evidence.at(-1)?.seen ?? '', /nobody listens there/);
  });
});
