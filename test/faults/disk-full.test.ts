/** What a full disk costs: changes, as long as it lasts, and nothing else. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { NeutronApiError } from '../../src/client/index.ts';
import type { ServiceStatus } from '../../src/service/status.ts';
import { afterwards } from '../support/afterwards.ts';
import { startTestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { startPostgres } from '../support/postgres.ts';
import { freePort, type Served, serve } from '../support/serve.ts';
import { fillDisk, makeRoom, onSmallDisk } from '../support/small-disk.ts';

const MEGABYTES = 32;
/** Requests of which each would have left a stack in the log. */
const REQUESTS = 50;

describe('a full disk', () => {
  for (const [title, isStoreThere] of [
    ['changes are 507, reads and the data in OVN go on, and when there is room, all goes on', true],
    ['without room for OVN alone nothing fails, and OVN follows when there is room', false],
  ] as const)
    it(title, async (t) => {
      const directory = await mkdtemp(join(tmpdir(), 'sextant-full-'));
      afterwards(t, () => rm(directory, { recursive: true }));
      const disk = join(directory, 'disk');
      await mkdir(disk);
      const environment = isStoreThere ? {} : { SEXTANT_STORE_URL: `sqlite:${directory}/sextant.db` };
      const served = await serve(
        disk,
        await freePort(),
        environment,
        'together',
        onSmallDisk(disk, MEGABYTES),
      );
      afterwards(t, () => served.stop());
      const pid = served.process.pid!;
      const { id } = await served.client.create('network', { name: 'n' });
      await served.client.create('subnet', { network_id: id, ip_version: 6, cidr: 'fd00:1::/64' });
      await createPorts(served, id, 5);
      await followed(served);

      fillDisk(pid, disk);
      const refusals = await createPorts(served, id, REQUESTS);
      if (isStoreThere) {
        assert.deepEqual(refusals, Array(REQUESTS).fill('507 InsufficientStorage'));
        // So much that it does not wait for the commit.
        const many = Array(3_000).fill({ network_id: id, description: 'x'.repeat(200) });
        await assert.rejects(served.client.createBulk('port', many), { status: 507 });
        assert.equal((await served.client.list('port', { network_id: id })).length, 5);
      } else {
        assert.deepEqual(refusals, []);
        await eventually('OVN is told to be late', async () => (await status(served)).engine?.waiting !== 0);
      }
      assert.deepEqual((await status(served)).failed_units?.units, []);

      makeRoom(pid, disk);
      await eventually('a change is made', async () => (await createPorts(served, id, 1)).length === 0);
      await followed(served);
      const ports = await served.client.list('port', { network_id: id });
      assert.equal(ports.length, isStoreThere ? 6 : 6 + REQUESTS);
      await eventually('all is ready', async () => (await fetch(`${served.endpoint}/readyz`)).ok);
      const messages = messagesIn(served.log());
      assert.deepEqual(messages, [...new Set(messages)], 'each trouble is told of once');
      assert.ok(messages.length > 0);
    });
});

test('PostgreSQL without room refuses changes, and not those after', async (t) => {
  const postgres = await startPostgres(MEGABYTES);
  afterwards(t, () => postgres.stop());
  const { call, make, close } = await startTestApi(await postgres.newDatabase());
  afterwards(t, close);
  const [pid] = await postgres.processes();
  const network = { network: { description: 'x'.repeat(255) } };
  const { id } = await make('network', {});
  fillDisk(pid!, postgres.disk);
  // What is allocated already has room for some.
  let last = await call('POST', '/v2.0/networks', network);
  for (let left = 500; left > 0 && last.status === 201; left--)
    last = await call('POST', '/v2.0/networks', network);
  assert.deepEqual([last.status, last.body.NeutronError?.type], [507, 'InsufficientStorage']);
  assert.equal((await call('GET', `/v2.0/networks/${id}`)).status, 200);
  makeRoom(pid!, postgres.disk);
  assert.equal((await call('POST', '/v2.0/networks', network)).status, 201);
});

/** Makes ports. @returns what was refused: status and type */
async function createPorts({ client }: Served, networkId: string, count: number): Promise<string[]> {
  const made = await Promise.allSettled(
    Array.from({ length: count }, () => client.create('port', { network_id: networkId })),
  );
  return made.flatMap((one) => {
    if (one.status === 'fulfilled') return [];
    assert.ok(one.reason instanceof NeutronApiError, String(one.reason));
    return [`${one.reason.status} ${one.reason.type}`];
  });
}

const status = async ({ endpoint }: Served): Promise<ServiceStatus> =>
  (await (await fetch(`${endpoint}/status`)).json()) as ServiceStatus;

const followed = (served: Served): Promise<void> =>
  eventually('OVN has followed', async () => (await status(served)).engine?.waiting === 0);

/** What a log has at the level of warnings and above. */
const messagesIn = (log: string): string[] =>
  log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => (JSON.parse(line) as { msg: string }).msg);
