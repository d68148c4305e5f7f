/**
 * The small container around an instance: mount, process and host name namespaces of its own, so that a DHCP client
 * in it writes its own /etc/resolv.conf and never the machine's. A holder process keeps them; with it ends all
 * that runs in there, and it ends with the process that started it, whatever way that dies.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { inNamespace } from '../../linux/index.ts';

/** A sandbox that could not be made; the message has what the system said. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';
}

/** The script that the holder runs. Its line of output is its process id outside. */
const HOLDER = join(import.meta.dirname, 'holder.sh');

/** Ends a process when its parent dies. */
const MORTAL = ['setpriv', '--pdeathsig', 'KILL'];
const UNSHARE = 'unshare --mount --propagation slave --pid --fork --kill-child --uts'.split(' ');
/** Neither the npm packages nor the settings of whoever runs this are any business of an instance. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
};

export class Sandbox {
  readonly #outer: ChildProcess;
  /** Process id of the holder: the one in the sandbox's namespaces. */
  readonly #pid: number;

  private constructor(outer: ChildProcess, pid: number) {
    this.#outer = outer;
    this.#pid = pid;
  }

  /**
   * Makes a sandbox in a network namespace.
   * @throws SandboxError
   */
  static async start(namespace: string, hostName: string): Promise<Sandbox> {
    const [command, ...args] = [...MORTAL, ...UNSHARE, 'sh', HOLDER, hostName];
    const outer = inNamespace(namespace, () =>
      spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'], env: ENVIRONMENT, cwd: '/' }),
    );
    let complaint = '';
    outer.stderr.on('data', (data) => {
      complaint += data;
    });
    const failed = once(outer, 'close').then(() => {
      throw new SandboxError(`cannot make a sandbox for ${hostName}: ${complaint.trim()}`);
    });
    failed.catch(() => {}); // it ends some day, with nobody listening any more
    const [line] = await Promise.race([once(outer.stdout, 'data'), failed]);
    // Nothing of it is to keep this process alive.
    outer.stdout.destroy();
    outer.stderr.destroy();
    outer.unref();
    return new Sandbox(outer, Number(String(line)));
  }

  /** Runs a command in the sandbox and its network namespace. */
  spawn(command: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const enter = ['--target', String(this.#pid), '--net', '--mount', '--pid', '--uts', '--'];
    return spawn('nsenter', [...enter, ...MORTAL, ...command], { env: ENVIRONMENT, ...options });
  }

  /** Where a file of the sandbox is for processes outside. */
  path(inside: string): string {
    return `/proc/${this.#pid}/root${inside}`;
  }

  /** Ends everything in the sandbox. */
  async stop(): Promise<void> {
    if (this.#outer.exitCode !== null || this.#outer.signalCode !== null) return;
    const ended = once(this.#outer, 'exit');
    this.#outer.ref();
    this.#outer.kill('SIGKILL');
    await ended;
  }
}
