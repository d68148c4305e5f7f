import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { NeutronClient } from '../../src/client/index.ts';
import { findLocalService } from '../../src/service/local-services.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, processesWith, type Served, serve } from '../support/serve.ts';

const run = promisify(execFile);

/** Creates ports, several at a time, until it is stopped; remembers those that were acknowledged. */
class Burst {
  readonly acknowledged = new Map<string, string[]>();
  #running = true;
  readonly #workers: Promise<void>[];

  constructor(client: () => NeutronClient, networkId: string, workers = 8) {
    this.#workers = Array.from({ length: workers }, async () => {
      while (this.#running) {
        try {
          const port = await client().create('port', { network_id: networkId });
          this.acknowledged.set(
            port.id,
            port.fixed_ips.map(({ ip_address }) => ip_address ?? ''),
          );
        } catch {
          // Unanswered: it may have been made or not, and nobody was told.
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    });
  }

  async reach(count: number): Promise<void> {
    await eventually(`${count} ports are acknowledged`, () => this.acknowledged.size >= count, 60);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#workers);
  }
}

describe('kill -9 during a burst of creates', () => {
  let directory: string;
  let port: number;
  let served: Served;
  let networkId: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sextant-kill-'));
    port = await freePort();
    served = await serve(directory, port);
    const network = await served.client.create('network', { name: 'n' });
    networkId = network.id;
    await served.client.create('subnet', { network_id: networkId, ip_version: 4, cidr: '10.0.0.0/16' });
    await served.client.create('subnet', { network_id: networkId, ip_version: 6, cidr: 'fd00:1::/64' });
  });
  after(async () => {
    await served.stop();
    await rm(directory, { recursive: true });
  });

  /** Names of the ports in OVN's northbound database, or in the southbound one. */
  async function logicalPorts(database: 'nb' | 'sb'): Promise<Set<string>> {
    const rundir = findLocalService(served.endpoint)!.host!.rundir;
    const [tool, column, table] = {
      nb: ['ovn-nbctl', 'name', 'Logical_Switch_Port'],
      sb: ['ovn-sbctl', 'logical_port', 'Port_Binding'],
    }[database] as [string, string, string];
    const words = [`--db=unix:${rundir}/ovn${database}_db.sock`, '--timeout=5', '--bare'];
    const { stdout } = await run(tool, [...words, `--columns=${column}`, 'list', table]);
    return new Set(stdout.split('\n').filter((line) => line !== '' && !line.startsWith('svc-')));
  }

  /** What must hold after every fault: nothing acknowledged is lost, nothing is double, OVN has the same. */
  async function checkAll(burst: Burst, databases: readonly ('nb' | 'sb')[] = ['nb']): Promise<void> {
    const ports = await served.client.list('port', { network_id: networkId });
    const byId = new Map(ports.map((one) => [one.id, one]));
    for (const [id, addresses] of burst.acknowledged) {
      assert.deepEqual(
        byId.get(id)?.fixed_ips.map(({ ip_address }) => ip_address),
        addresses,
        `port ${id}`,
      );
    }
    const addresses = ports.flatMap(({ fixed_ips }) => fixed_ips.map(({ ip_address }) => ip_address));
    assert.equal(new Set(addresses).size, addresses.length, 'no address is held twice');
    assert.equal(
      new Set(ports.map(({ mac_address }) => mac_address)).size,
      ports.length,
      'no MAC is held twice',
    );
    await eventually('OVN has exactly the ports of the store', async () => {
      const known = await Promise.all(databases.map(logicalPorts));
      return known.every((names) => names.size === ports.length && ports.every(({ id }) => names.has(id)));
    });
  }

  for (const [database, what, spoil] of [
    ['northbound', 'overwritten', (file: string) => writeFile(file, 'not a database\n')],
    ['southbound', 'lost', (file: string) => rm(file)],
  ] as const) {
    it(`of ${database}, whose file is ${what}: it is made again from the store`, async () => {
      const burst = new Burst(() => served.client, networkId, 4);
      await burst.reach(20);
      const [pid] = await processesWith(`${database}.log`, directory);
      await spoil(join(directory, 'engine', `${database}.db`));
      process.kill(pid!, 'SIGKILL');
      await burst.reach(burst.acknowledged.size + 20);
      await burst.stop();
      await checkAll(burst, ['nb', 'sb']);
      await eventually('all is ready', async () => (await fetch(`${served.endpoint}/readyz`)).ok);
    });
  }

  it('of the server: what it acknowledged is there when it is back', async () => {
    const burst = new Burst(() => served.client, networkId);
    for (const count of [100, 300]) {
      await burst.reach(count);
      await served.kill();
      await eventually('its processes are gone', async () => (await processesWith(directory)).length === 0);
      served = await serve(directory, port);
    }
    await burst.reach(burst.acknowledged.size + 50);
    await burst.stop();
    await checkAll(burst);
  });

  for (const daemon of [
    'northbound',
    'southbound',
    'ovn-northd',
    'ovn-controller',
    'ovs-vswitchd',
  ] as const) {
    it(`of ${daemon}: it comes back, and OVN with it`, async () => {
      const burst = new Burst(() => served.client, networkId, 4);
      await burst.reach(50);
      const find = () => processesWith(`${daemon}.log`, directory);
      const killed = await find();
      assert.equal(killed.length, 1, `one ${daemon} runs`);
      for (const pid of killed) process.kill(pid, 'SIGKILL');
      await eventually(`${daemon} runs again`, async () => {
        const now = await find();
        return now.length === 1 && now[0] !== killed[0];
      });
      await burst.reach(burst.acknowledged.size + 50);
      await burst.stop();
      await checkAll(burst);
    });
  }
});
