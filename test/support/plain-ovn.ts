/**
 * An OVN of somebody else's on this machine, as an operator sets it up by its own commands: databases, northd, a switch in
 * a network namespace of its own, and a controller that reads the switch's database by itself.
 */
import { execFile } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createNamespace, deleteNamespace, inNamespace } from '../../src/linux/index.ts';
import { eventually } from './eventually.ts';

const execute = promisify(execFile);

const SCHEMAS = {
  nb: '/usr/share/ovn/ovn-nb.ovsschema',
  sb: '/usr/share/ovn/ovn-sb.ovsschema',
  db: '/usr/share/openvswitch/vswitch.ovsschema',
};
/** What docs/how-to/hosts.md has operators make. */
const BRIDGES = ['br-int', 'br-vif', 'br-overlay', 'br-nptv6'];

export class PlainOvn implements AsyncDisposable {
  readonly rundir: string;
  readonly namespace: string;
  readonly #ended = new AsyncDisposableStack();

  private constructor(rundir: string, namespace: string) {
    this.rundir = rundir;
    this.namespace = namespace;
  }

  static async start(): Promise<PlainOvn> {
    const rundir = await mkdtemp(join(tmpdir(), 'ovn-'));
    const ovn = new PlainOvn(rundir, `sxt-test-${process.pid}-ovn`);
    ovn.#ended.defer(() => rm(rundir, { recursive: true }));
    try {
      await ovn.#start();
    } catch (error) {
      await ovn[Symbol.asyncDispose]();
      throw error;
    }
    return ovn;
  }

  get northbound(): string {
    return `unix:${this.#at('nb.sock')}`;
  }

  get southbound(): string {
    return `unix:${this.#at('sb.sock')}`;
  }

  get switchDatabase(): string {
    return `unix:${this.#at('db.sock')}`;
  }

  vsctl(...words: readonly string[]): Promise<string> {
    return this.#run('ovs-vsctl', `--db=${this.switchDatabase}`, ...words);
  }

  nbctl(...words: readonly string[]): Promise<string> {
    return this.#run('ovn-nbctl', `--db=${this.northbound}`, ...words);
  }

  /** Ends the controller, and starts another one. */
  async restartController(): Promise<void> {
    await this.#end('ovn-controller');
    await this.#startController();
  }

  async #start(): Promise<void> {
    createNamespace(this.namespace);
    this.#ended.defer(() => deleteNamespace(this.namespace));
    for (const [name, schema] of Object.entries(SCHEMAS)) {
      const file = this.#at(`${name}.conf`);
      await this.#run('ovsdb-tool', 'create', file, schema);
      await this.#daemon('ovsdb-server', name, `--remote=punix:${this.#at(`${name}.sock`)}`, file);
    }
    await this.#daemon(
      'ovn-northd',
      'ovn-northd',
      `--ovnnb-db=${this.northbound}`,
      `--ovnsb-db=${this.southbound}`,
    );
    await this.vsctl('--no-wait', 'init');
    await this.#daemon('ovs-vswitchd', 'ovs-vswitchd', this.switchDatabase);
    for (const bridge of BRIDGES)
      await this.vsctl(
        'add-br',
        bridge,
        '--',
        'set',
        'bridge',
        bridge,
        'fail_mode=secure',
        'datapath_type=netdev',
      );
    const settings = {
      ...{ 'system-id': this.namespace, hostname: this.namespace, 'ovn-remote': this.southbound },
      ...{ 'ovn-encap-type': 'geneve', 'ovn-encap-ip': '192.0.2.1' },
      'ovn-bridge-mappings': 'sextant-overlay:br-overlay',
    };
    const pairs = Object.entries(settings).map(([key, value]) => `external_ids:${key}="${value}"`);
    await this.vsctl('set', 'open_vswitch', '.', ...pairs);
    // OVN 23.03's controller dies of a southbound database that northd has not begun.
    await eventually('northd has begun', async () => {
      const words = ['--bare', '--columns=_uuid', 'list', 'SB_Global'];
      return (await this.#run('ovn-sbctl', `--db=${this.southbound}`, ...words)).trim() !== '';
    });
    await this.#startController();
  }

  #startController(): Promise<void> {
    return this.#daemon('ovn-controller', 'ovn-controller', this.switchDatabase);
  }

  /** Starts a daemon in the namespace, known by `name`. */
  async #daemon(program: string, name: string, ...words: readonly string[]): Promise<void> {
    const files = [`--pidfile=${this.#at(`${name}.pid`)}`, `--log-file=${this.#at(`${name}.log`)}`];
    await this.#run(program, '--detach', '--no-chdir', '-vconsole:off', ...files, ...words);
    this.#ended.defer(() => this.#end(name));
  }

  /** Ends a daemon by its number, if it is there: it is gone when this returns. */
  async #end(name: string): Promise<void> {
    let pid: string;
    try {
      pid = readFileSync(this.#at(`${name}.pid`), 'utf8').trim();
    } catch {
      return;
    }
    process.kill(Number(pid), 'SIGTERM');
    await eventually(`${name} has ended`, () => {
      try {
        readlinkSync(`/proc/${pid}/exe`);
        return false;
      } catch {
        return true;
      }
    });
  }

  async #run(program: string, ...words: readonly string[]): Promise<string> {
    const env = { ...process.env, OVS_RUNDIR: this.rundir, OVN_RUNDIR: this.rundir };
    return (await inNamespace(this.namespace, () => execute(program, words, { env }))).stdout;
  }

  #at(file: string): string {
    return join(this.rundir, file);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#ended.disposeAsync();
  }
}
