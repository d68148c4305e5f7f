/**
 * Instances: Linux network namespaces that stand for virtual machines. Kernel, DHCP clients and tools are real; an
 * instance knows its MAC addresses, and everything else it learns from the network.
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Mac } from '../../addressing/index.ts';
import {
  createNamespace,
  createVeth,
  deleteNamespace,
  findLink,
  inNamespace,
  type KernelNeighbour,
  type KernelRoute,
  NetlinkSocket,
  neighboursOf,
  routesOf,
  setLink,
} from '../../linux/index.ts';
import { CommandError, type CommandResult, result } from './command.ts';
import { InstanceInterface } from './interface.ts';
import { Sandbox } from './sandbox.ts';

const COMMAND_PATIENCE = 30_000;

export class Instance {
  readonly name: string;
  /** Its network namespace. */
  readonly namespace: string;
  readonly #sandbox: Sandbox;
  readonly #interfaces = new Map<string, InstanceInterface>();
  readonly #atStop = new AsyncDisposableStack();

  private constructor(name: string, namespace: string, sandbox: Sandbox) {
    this.name = name;
    this.namespace = namespace;
    this.#sandbox = sandbox;
  }

  /**
   * Makes an instance in a new network namespace; only its loopback device is up.
   * @throws SystemCallError `EEXIST` when the namespace is there already
   * @throws SandboxError
   */
  static async start(name: string, namespace: string): Promise<Instance> {
    createNamespace(namespace);
    try {
      using socket = new NetlinkSocket(namespace);
      setLink(socket, findLink(socket, 'lo')!.index, { up: true });
      return new Instance(name, namespace, await Sandbox.start(namespace, name));
    } catch (error) {
      deleteNamespace(namespace);
      throw error;
    }
  }

  /** Ends all that runs in the instance, and the namespace with its devices. */
  async stop(): Promise<void> {
    await this.#atStop.disposeAsync();
    await this.#sandbox.stop();
    deleteNamespace(this.namespace);
  }

  /** Has something end before the instance does: captures and servers that this process runs in it. */
  atStop(end: () => void | Promise<void>): void {
    this.#atStop.defer(end);
  }

  /** Runs a synchronous action in the network namespace: sockets that it opens are the instance's. */
  inside<Result>(action: () => Result): Result {
    return inNamespace(this.namespace, action);
  }

  /** Runs a command to its end, whatever that is. It is killed after `milliseconds`. */
  tryRun(command: readonly string[], milliseconds = COMMAND_PATIENCE): Promise<CommandResult> {
    return result(this.#sandbox.spawn(command, { stdio: ['ignore', 'pipe', 'pipe'] }), milliseconds);
  }

  /** Runs a command and gives its output. Throws a `CommandError` when it fails. */
  async run(...command: string[]): Promise<string> {
    const result = await this.tryRun(command);
    if (result.status !== 0) throw new CommandError(command, result);
    return result.stdout;
  }

  /** Starts a command that keeps running, its output at the pipes of the child; it ends with the instance. */
  spawn(command: readonly string[]): ChildProcess {
    return this.#sandbox.spawn(command, { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Starts a command on this process's own terminal; it ends with the instance. */
  spawnInTerminal(command: readonly string[]): ChildProcess {
    return this.#sandbox.spawn(command, { stdio: 'inherit' });
  }

  /** A file as the instance sees it. */
  readFile(path: string): Promise<string> {
    return readFile(this.#sandbox.path(path), 'utf8');
  }

  /** Writes a file as the instance sees it: in /etc and /run nothing of the machine changes. */
  writeFile(path: string, contents: string): void {
    writeFileSync(this.#sandbox.path(path), contents);
  }

  /** A kernel setting: `ipv6/conf/eth0/accept_ra`. */
  setting(path: string): string {
    return this.inside(() => readFileSync(`/proc/sys/net/${path}`, 'utf8').trim());
  }

  /** Changes a kernel setting. */
  setSetting(path: string, value: string | number): void {
    this.inside(() => writeFileSync(`/proc/sys/net/${path}`, String(value)));
  }

  /** A device by name. Throws a SystemCallError when there is none. */
  interface(device: string): InstanceInterface {
    const known = this.#interfaces.get(device);
    if (known !== undefined) return known;
    const found = new InstanceInterface(this, device);
    this.#interfaces.set(device, found);
    return found;
  }

  routes(): KernelRoute[] {
    return routesOf(this.namespace);
  }

  neighbours(): KernelNeighbour[] {
    return neighboursOf(this.namespace);
  }

  /** Connects a new device to a new device of another instance by a link of its own. Both are down. */
  connect(
    device: string,
    mac: Mac,
    other: { instance: Instance; device: string; mac: Mac },
  ): [InstanceInterface, InstanceInterface] {
    using socket = new NetlinkSocket(this.namespace);
    createVeth(
      socket,
      { name: device, mac },
      { name: other.device, mac: other.mac, namespace: other.instance.namespace },
    );
    return [this.interface(device), other.instance.interface(other.device)];
  }
}
