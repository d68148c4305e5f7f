/** How often a request waits for PostgreSQL: what lies between them may be a network. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { startTestApi, type TestApi } from '../support/api.ts';
import { type Gate, openGate } from '../support/gate.ts';
import { type PrivatePostgres, startPostgres } from '../support/postgres.ts';

let postgres: PrivatePostgres;
let gate: Gate;
let api: TestApi;
let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sextant-gate-'));
  postgres = await startPostgres();
  gate = await openGate(join(directory, basename(postgres.socket)), postgres.socket);
  const url = await postgres.newDatabase();
  api = await startTestApi(url.replace(/host=.*/, `host=${encodeURIComponent(directory)}`));
});
after(async () => {
  await api.close();
  await gate.close();
  await postgres.stop();
  await rm(directory, { recursive: true });
});

/** The round trips of a request, which must end with this status. */
async function turnsOf(status: number, ...request: Parameters<TestApi['call']>): Promise<number> {
  const before = gate.turns;
  const answer = await api.call(...request);
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  return gate.turns - before;
}

/** The same, at best: an answer may come in between what is sent in one go, which the limits have room for. */
async function fewestTurns(
  status: number,
  request: (round: number) => Promise<Parameters<TestApi['call']>>,
): Promise<number> {
  const turns: number[] = [];
  for (let round = 0; round < 5; round++) turns.push(await turnsOf(status, ...(await request(round))));
  return Math.min(...turns);
}

test('requests about ports take few round trips, however many ports they make', async (t) => {
  const { id } = await api.make('network', {});
  await api.make('subnet', { network_id: id, ip_version: 4, cidr: '10.0.0.0/16' });
  await api.make('subnet', { network_id: id, ip_version: 6, cidr: 'fd00::/64' });
  const first = await api.make('port', { network_id: id });
  // Connections are there.
  await Promise.all(Array.from({ length: 8 }, () => api.call('GET', '/v2.0/ports')));
  const port = async () => `/v2.0/ports/${(await api.make('port', { network_id: id })).id}`;
  const path = `/v2.0/ports/${first.id}`;
  const limits: [what: string, most: number, turns: number][] = [
    ['POST', 8, await fewestTurns(201, async () => ['POST', '/v2.0/ports', { port: { network_id: id } }])],
    [
      'POST of 100',
      8,
      await fewestTurns(201, async () => [
        'POST',
        '/v2.0/ports',
        { ports: Array(100).fill({ network_id: id }) },
      ]),
    ],
    ['GET', 3, await fewestTurns(200, async () => ['GET', path])],
    ['PUT', 6, await fewestTurns(200, async (round) => ['PUT', path, { port: { name: `${round}` } }])],
    ['DELETE', 9, await fewestTurns(204, async () => ['DELETE', await port()])],
  ];
  for (const [what, most, turns] of limits) {
    t.diagnostic(`${what}: ${turns}`);
    assert.ok(turns <= most, `${what}: ${turns} round trips, at most ${most}`);
  }
});
