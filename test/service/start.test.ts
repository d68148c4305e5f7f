/** What the start of the service does not wait for, and what ends it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { Address } from '../../src/addressing/index.ts';
import { NeutronClient } from '../../src/client/index.ts';
import { HostLab } from '../../src/gap/index.ts';
import type { LabInstance } from '../../src/lab/instance/instance.ts';
import { ping } from '../../src/lab/probes/ping.ts';
import { loadConfiguration } from '../../src/service/configuration.ts';
import { findLocalService } from '../../src/service/local-services.ts';
import { openService } from '../../src/service/service.ts';
import type { ServiceStatus } from '../../src/service/status.ts';
import { afterwards } from '../support/afterwards.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer, temporaryDirectory } from '../support/ovsdb-server.ts';
import { startPostgres } from '../support/postgres.ts';
import { freePort, serve } from '../support/serve.ts';

const command = fileURLToPath(new URL('../../bin/sextant', import.meta.url));
const serviceAddress = Address.parse('fe80::a9fe:a9fe');
const NETWORKS = 10;

describe('starting the service', () => {
  it('serves the API while the northbound database is not there, and ends at a signal', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sextant-start-'));
    const endpoint = `[::1]:${await freePort()}`;
    const flags = ['serve', '--state', directory, '--listen', endpoint];
    const environment = {
      SEXTANT_ENGINE_MODE: 'external',
      SEXTANT_ENGINE_NORTHBOUND: `unix:${directory}/none.sock`,
      SEXTANT_HOST_SOCKET: join(directory, 'host.sock'),
    };
    const child = spawn(command, flags, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...environment },
    });
    let log = '';
    child.stderr.on('data', (text) => {
      log += text;
    });
    const exited = once(child, 'exit');
    await eventually('it waits for the database', () => log.includes('none.sock'));
    const client = NeutronClient.at(`http://${endpoint}`);
    const readiness = await fetch(`http://${endpoint}/readyz`);
    const network = await client.create('network', { name: 'early' });
    assert.equal((await client.show('network', network.id)).name, 'early');
    const parts = (await readiness.json()) as Record<string, { ok: boolean; reason?: string }>;
    assert.equal(readiness.status, 503);
    assert.equal(parts.store?.ok, true);
    assert.match(parts.northbound?.reason ?? '', /the engine is starting/);
    const status = (await (await fetch(`http://${endpoint}/status`)).json()) as ServiceStatus;
    assert.equal(status.engine, null);
    child.kill('SIGTERM');
    const timeout = AbortSignal.timeout(10_000);
    const [code] = await Promise.race([exited, once(timeout, 'abort').then(() => ['still there'])]);
    child.kill('SIGKILL');
    await rm(directory, { recursive: true });
    assert.equal(code, 0, log);
  });

  it('waits for a PostgreSQL that goes away while the rest starts', async (t) => {
    const postgres = await startPostgres();
    afterwards(t, () => postgres.stop());
    const directory = temporaryDirectory(t);
    const configuration = loadConfiguration(
      { state: directory, listen: '[::1]:0' },
      {
        SEXTANT_STORE_URL: await postgres.newDatabase(),
        SEXTANT_ENGINE_MODE: 'external',
        SEXTANT_ENGINE_NORTHBOUND: (await TestServer.northbound(t)).remote,
        SEXTANT_HOST_SOCKET: join(directory, 'host.sock'),
      },
    );
    const server = (await postgres.processes())[0]!;
    const messages: string[] = [];
    let served = (): void => {};
    const serves = new Promise<void>((resolve) => {
      served = resolve;
    });
    const log = pino(
      {
        hooks: {
          logMethod(words, method) {
            const message = String(words.at(-1));
            messages.push(message);
            // What follows is not begun before this returns.
            if (message === 'Sextant serves' && messages.filter((one) => one === message).length === 1) {
              process.kill(server, 'SIGKILL');
              served();
            }
            method.apply(this, words);
          },
        },
        level: 'info',
        name: 'test',
      },
      { write: () => {} },
    );
    const starting = openService(configuration, log);
    await serves;
    await eventually('it is away', () => messages.some((one) => one.includes('starting again')));
    await postgres.restart();
    const service = await starting;
    afterwards(t, () => service.stop());
    const network = await NeutronClient.at(service.endpoint).create('network', { name: 'late' });
    assert.equal(network.name, 'late');
    await service.settled();
  });

  it('costs a network that cannot carry IPv6 itself, and no other', { timeout: 180_000 }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sextant-one-bad-'));
    const port = await freePort();
    let served = await serve(directory, port);
    const { switchDatabase, namespace } = findLocalService(served.endpoint)!.host!;
    const lab = new HostLab({ switchDatabase, namespace }, pino({ level: 'silent' }));
    try {
      const plug = async (name: string, mtu: number | undefined): Promise<LabInstance> => {
        const network = await served.client.create('network', { name, ...(mtu && { mtu }) });
        const attached = await served.client.create('port', { network_id: network.id });
        const instance = await lab.instance(name);
        (await lab.plug(attached, instance, 'eth0', served.client)).up();
        return instance;
      };
      await plug('bad', 1000);
      const good: LabInstance[] = [];
      for (let number = 1; number < NETWORKS; number++) good.push(await plug(`n${number}`, undefined));
      const reaches = async (from: LabInstance) =>
        (await ping(from, serviceAddress, { count: 1, device: 'eth0' })).received === 1;
      const allServed = async () => {
        for (const [index, instance] of good.entries())
          await eventually(`network ${index + 1} is served`, () => reaches(instance), 30);
      };
      await allServed();

      // The switch's namespace goes with an engine that ends: killed, it leaves all plugged in.
      await served.kill();
      await delay(100);
      const again = await Promise.race([serve(directory, port), delay(40_000, undefined, { ref: false })]);
      assert(again !== undefined, 'the API comes up');
      served = again;
      await allServed();
      const began = performance.now();
      await served.stop();
      assert(performance.now() - began < 20_000, 'it ends in time');
    } finally {
      await lab.close();
      if (served.process.exitCode === null) await served.kill();
      await rm(directory, { recursive: true });
    }
  });
});
