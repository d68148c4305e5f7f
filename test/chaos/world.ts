/** What chaos comes over: a service with its OVN, its database, a second process of the API, and two instances. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { Address } from '../../src/addressing/index.ts';
import { NeutronClient } from '../../src/client/index.ts';
import { usableDatapath } from '../../src/engine/embedded/datapath.ts';
import { processesOf } from '../../src/engine/embedded/state-directory.ts';
import type { EngineSettings } from '../../src/engine/settings.ts';
import { HostLab } from '../../src/gap/index.ts';
import type { LabInstance } from '../../src/lab/instance/instance.ts';
import { findLocalService, type LocalService } from '../../src/service/local-services.ts';
import { sextant } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { type PrivatePostgres, startPostgres } from '../support/postgres.ts';
import { freePort, type Served, serve } from '../support/serve.ts';

/** Resources of the world's own have names that begin with this. */
export const OWN = 'own-';

/** A process that answers the API at an address that stays, and can be started again. */
export interface Server {
  readonly name: string;
  readonly client: NeutronClient;
  readonly endpoint: string;
  readonly pid: number;
  /** Whether it runs. */
  isAlive(): boolean;
  /** Ends it by a signal, and waits until it has ended. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again. */
  start(): Promise<void>;
}

export type Dialect = 'sqlite' | 'postgres';

export class World {
  readonly servers: Server[] = [];
  readonly postgres: PrivatePostgres | undefined;
  readonly storeUrl: string;
  readonly stateDir: string;
  readonly instances: { readonly instance: LabInstance; readonly address: Address }[] = [];
  #host: NonNullable<LocalService['host']> | undefined;
  #lab: HostLab | undefined;
  settings: EngineSettings = { packetTooBigBelow: 0 };

  private constructor(stateDir: string, storeUrl: string, postgres: PrivatePostgres | undefined) {
    this.stateDir = stateDir;
    this.storeUrl = storeUrl;
    this.postgres = postgres;
  }

  static async make(dialect: Dialect): Promise<World> {
    const directory = await mkdtemp(join(tmpdir(), 'sextant-chaos-'));
    const postgres = dialect === 'postgres' ? await startPostgres() : undefined;
    const url = postgres ? await postgres.newDatabase() : `sqlite:${join(directory, 'state', 'sextant.db')}`;
    const world = new World(join(directory, 'state'), url, postgres);
    try {
      await world.#begin();
    } catch (error) {
      await world.end();
      throw error;
    }
    return world;
  }

  get rundir(): string {
    return this.#host!.rundir;
  }

  /** OVN's and the host's processes, by name. */
  parts(): Map<string, number> {
    return new Map(processesOf(this.rundir).map(({ name, pid }) => [name, pid]));
  }

  async #begin(): Promise<void> {
    const service = await serviceAt(this.stateDir, this.storeUrl);
    this.servers.push(service);
    this.#host = findLocalService(service.endpoint)!.host!;
    const { namespace } = this.#host;
    this.settings = {
      packetTooBigBelow:
        (await usableDatapath(namespace, '/usr')) === 'netdev' ? 1422 : Number.MAX_SAFE_INTEGER,
    };
    if (this.postgres) this.servers.push(await this.#peer());
    await this.#plugIn(service.client);
  }

  async #plugIn(client: NeutronClient): Promise<void> {
    this.#lab = new HostLab(this.#host!, pino({ level: 'silent' }));
    const network = await client.create('network', { name: `${OWN}network` });
    await client.create('subnet', {
      ...{ network_id: network.id, ip_version: 6, cidr: 'fd00:ffff::/64', name: `${OWN}subnet` },
    });
    for (const name of [`${OWN}one`, `${OWN}two`]) {
      const port = await client.create('port', { network_id: network.id, name });
      const instance = await this.#lab.instance(name);
      const device = await this.#lab.plug(port, instance, 'eth0', client);
      device.up();
      const address = Address.parse(port.fixed_ips[0]!.ip_address!);
      device.addAddress(address, 64);
      this.instances.push({ instance, address });
    }
  }

  async #peer(): Promise<Server> {
    const program = fileURLToPath(new URL('peer.ts', import.meta.url));
    const port = await freePort();
    const endpoint = `http://[::1]:${port}`;
    const remote = `unix:${this.rundir}/ovnnb_db.sock`;
    const directory = join(this.stateDir, '..');
    const words = [program, this.storeUrl, remote, JSON.stringify(this.settings), String(port)];
    let child: ChildProcess;
    const peer: Server = {
      name: 'the second server',
      client: NeutronClient.at(endpoint),
      endpoint,
      get pid() {
        return child.pid!;
      },
      isAlive: () => child.exitCode === null && child.signalCode === null,
      async end(signal) {
        const exit = once(child, 'exit');
        child.kill(signal);
        await exit;
      },
      async start() {
        // What it leaves when it is killed goes with the world.
        const env = { ...process.env, TMPDIR: directory };
        child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'], env });
        await eventually('the second server answers', async () => (await fetch(`${endpoint}/healthz`)).ok);
      },
    };
    await peer.start();
    return peer;
  }

  async end(): Promise<void> {
    await this.#lab?.close();
    for (const server of this.servers.toReversed()) if (server.isAlive()) await server.end('SIGTERM');
    await sextant('', `stop --state ${this.stateDir}`);
    await this.postgres?.stop();
    await rm(join(this.stateDir, '..'), { recursive: true });
  }
}

async function serviceAt(stateDir: string, storeUrl: string): Promise<Server> {
  const port = await freePort();
  let served: Served;
  const server: Server = {
    name: 'the server',
    endpoint: `http://[::1]:${port}`,
    client: NeutronClient.at(`http://[::1]:${port}`),
    get pid() {
      return served.process.pid!;
    },
    isAlive: () => served.process.exitCode === null && served.process.signalCode === null,
    end: (signal) => (signal === 'SIGKILL' ? served.kill() : served.stop()),
    async start() {
      served = await serve(stateDir, port, { SEXTANT_STORE_URL: storeUrl }, 'outlives');
    },
  };
  await server.start();
  return server;
}
