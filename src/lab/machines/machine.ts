/** A machine of a lab: a network namespace that stands for one, with all that a host of its own would run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Address } from '../../addressing/index.ts';
import { deleteNamespace, inNamespace } from '../../linux/index.ts';

const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
};

/** A command on a machine that failed. */
export class MachineError extends Error {
  override readonly name = 'MachineError';
}

export class LabMachine {
  readonly name: string;
  readonly namespace: string;
  /** Its address on the underlay. */
  readonly address: Address;
  /** The device that leads to the underlay. */
  readonly underlay = 'ul0';
  /** The device that leads to the trunk of VLANs. */
  readonly trunk = 'trunk0';
  readonly #atStop = new AsyncDisposableStack();

  constructor(name: string, namespace: string, address: Address) {
    this.name = name;
    this.namespace = namespace;
    this.address = address;
  }

  /** Has something end before the machine does. */
  atStop(end: () => void | Promise<void>): void {
    this.#atStop.defer(end);
  }

  /** Starts a command in the machine's network, its output at the pipes of the child. */
  spawn(command: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
    const [program, ...args] = command;
    return inNamespace(this.namespace, () =>
      spawn(program!, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...ENVIRONMENT, ...environment },
        cwd: '/',
      }),
    );
  }

  /**
   * Runs a command to its end.
   * @returns what it printed
   * @throws MachineError with what it complained of when it fails
   */
  async run(command: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<string> {
    const child = this.spawn(command, environment);
    let [output, complaint] = ['', ''];
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    const [status] = await once(child, 'close');
    if (status === 0) return output;
    throw new MachineError(`${this.name}: ${command.join(' ')}: ${complaint.trim() || `status ${status}`}`);
  }

  /** Ends what is to end with it, and the namespace. */
  async stop(): Promise<void> {
    await this.#atStop.disposeAsync();
    deleteNamespace(this.namespace);
  }
}
