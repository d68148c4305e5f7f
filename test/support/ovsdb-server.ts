import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import pino from 'pino';
import { parseRemotes } from '../../src/ovsdb/index.ts';
import { eventually } from './eventually.ts';

/** Silent, unless SEXTANT_TEST_LOG names a level. */
export const log = pino({ level: process.env.SEXTANT_TEST_LOG ?? 'silent' });
export const northboundSchema = '/usr/share/ovn/ovn-nb.ovsschema';
const SOUTHBOUND_SCHEMA = '/usr/share/ovn/ovn-sb.ovsschema';

/** A directory of the test's own, gone after it. */
export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-ovsdb-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** An `ovsdb-server` of the test's own, killed after it. */
export class TestServer {
  readonly remote: string;
  readonly #file: string;
  readonly #listen: string;
  readonly #control: string;
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;

  /** @param listen the server's `--remote`, for instance `punix:/tmp/x/db.sock` or `ptcp:6641:[::1]` */
  constructor(t: TestContext, file: string, listen: string, remote: string, options: readonly string[] = []) {
    this.#options = options;
    this.#file = file;
    this.#listen = listen;
    this.#control = `${file}.ctl`;
    this.remote = remote;
    t.after(() => this.kill());
  }

  /** Starts a server on a new northbound database behind a unix socket. */
  static northbound(t: TestContext): Promise<TestServer> {
    return TestServer.#of(t, northboundSchema);
  }

  /** As `northbound`, with a southbound database. */
  static southbound(t: TestContext): Promise<TestServer> {
    return TestServer.#of(t, SOUTHBOUND_SCHEMA);
  }

  static async #of(t: TestContext, schema: string): Promise<TestServer> {
    const directory = temporaryDirectory(t);
    const file = join(directory, 'ovn.db');
    const socket = join(directory, 'ovn.sock');
    execFileSync('ovsdb-tool', ['create', file, schema]);
    const server = new TestServer(t, file, `punix:${socket}`, `unix:${socket}`);
    await server.start();
    return server;
  }

  /** Starts the server, and resolves when it accepts connections, and commands on its control socket. */
  async start(): Promise<void> {
    const options = [
      '--no-chdir',
      `--unixctl=${this.#control}`,
      `--remote=${this.#listen}`,
      '-vconsole:off',
      '-vsyslog:off',
    ];
    this.#process = spawn('ovsdb-server', [...options, ...this.#options, this.#file], { stdio: 'ignore' });
    for (const remote of [this.remote, `unix:${this.#control}`])
      await eventually(`the server accepts connections at ${remote}`, () => accepts(remote));
  }

  /** Kills the server as a crash would. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Has the server stand still, its connections open. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  /** Puts a new northbound database in the place of the server's, which must not run. */
  wipe(): void {
    rmSync(this.#file);
    execFileSync('ovsdb-tool', ['create', this.#file, northboundSchema]);
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** Runs a command of `ovs-appctl` on the server. */
  control(...command: string[]): string {
    return execFileSync('ovs-appctl', ['-t', this.#control, ...command], { encoding: 'utf8' });
  }

  /** Runs `ovn-nbctl` on the server's database. */
  nbctl(...command: string[]): string {
    return execFileSync('ovn-nbctl', ['--no-leader-only', `--db=${this.remote}`, ...command], {
      encoding: 'utf8',
    }).trim();
  }
}

/** TCP ports of ::1 that nobody uses. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function accepts(remote: string): Promise<boolean> {
  const [parsed] = parseRemotes(remote);
  const socket = parsed!.transport === 'unix' ? connect(parsed!.path) : connect(parsed!.port, parsed!.host);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
