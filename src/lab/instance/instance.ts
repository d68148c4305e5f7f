/**
 * Instances: Linux network namespaces that stand for virtual machines. Kernel, DHCP clients and tools are real; an
 * instance knows its MAC addresses, and everything else it learns from the network.
 */

import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Address, type Family, Mac } from '../../addressing/index.ts';
import {
  addAddress,
  createNamespace,
  createVeth,
  deleteNamespace,
  findLink,
  inNamespace,
  type KernelAddress,
  type KernelNeighbour,
  type KernelRoute,
  kernelAddresses,
  kernelNeighbours,
  kernelRoutes,
  NetlinkSocket,
  PacketSocket,
  setLink,
} from '../../linux/index.ts';
import { encodeFrame, type Frame } from '../../packets/index.ts';
import { Capture } from '../capture.ts';
import { waitUntil } from '../wait.ts';
import { CommandError, type CommandResult, result } from './command.ts';
import { Sandbox } from './sandbox.ts';

const COMMAND_PATIENCE_MS = 30_000;

export class LabInstance {
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
  static async start(name: string, namespace: string): Promise<LabInstance> {
    createNamespace(namespace);
    try {
      using socket = new NetlinkSocket(namespace);
      setLink(socket, findLink(socket, 'lo')!.index, { up: true });
      return new LabInstance(name, namespace, await Sandbox.start(namespace, name));
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
  tryRun(command: readonly string[], milliseconds = COMMAND_PATIENCE_MS): Promise<CommandResult> {
    return result(this.#sandbox.spawn(command, { stdio: ['ignore', 'pipe', 'pipe'] }), milliseconds);
  }

  /**
   * Runs a command and gives its output.
   * @throws CommandError when it fails
   */
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

  /**
   * A device by name.
   * @throws SystemCallError when there is none
   */
  interface(device: string): InstanceInterface {
    const known = this.#interfaces.get(device);
    if (known !== undefined) return known;
    const found = new InstanceInterface(this, device);
    this.#interfaces.set(device, found);
    return found;
  }

  routes(): KernelRoute[] {
    return kernelRoutes(this.namespace);
  }

  neighbours(): KernelNeighbour[] {
    return kernelNeighbours(this.namespace);
  }

  /** Connects a new device to a new device of another instance by a link of its own. Both are down. */
  connect(
    device: string,
    mac: Mac,
    other: { instance: LabInstance; device: string; mac: Mac },
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

/** A network device of an instance. */
export class InstanceInterface {
  readonly instance: LabInstance;
  /** The device's name in the instance. */
  readonly device: string;
  readonly index: number;
  readonly mac: Mac;

  /** The device must be there. */
  constructor(instance: LabInstance, device: string) {
    using socket = new NetlinkSocket(instance.namespace);
    const link = findLink(socket, device);
    if (link === undefined) throw new Error(`instance ${instance.name} has no device ${device}`);
    this.instance = instance;
    this.device = device;
    this.index = link.index;
    this.mac = Mac.parse(link.mac);
  }

  /** Brings the device up: the kernel begins SLAAC. */
  up(): void {
    this.#change({ up: true });
  }

  /** Takes the device down: its IPv6 addresses are gone. */
  down(): void {
    this.#change({ up: false });
  }

  #change(settings: { up: boolean }): void {
    using socket = new NetlinkSocket(this.instance.namespace);
    setLink(socket, this.index, settings);
  }

  /** The device's addresses, in any state. */
  addresses(): KernelAddress[] {
    return kernelAddresses(this.instance.namespace).filter(({ device }) => device === this.index);
  }

  /** Addresses of a family with more than link scope that can be used. */
  usable(family: Family): Address[] {
    return this.#ready().filter((address) => address.family === family && !address.isLinkLocal);
  }

  /** Waits until the device can use this very address; false when that does not happen in time. */
  async has(address: Address, milliseconds: number): Promise<boolean> {
    return (await this.waitForAddress((own) => own.equals(address), milliseconds)) !== undefined;
  }

  /** Waits for a usable address that `test` picks. */
  async waitForAddress(
    test: (address: Address) => boolean,
    milliseconds: number,
  ): Promise<Address | undefined> {
    return waitUntil(() => this.#ready().find(test), milliseconds);
  }

  #ready(): Address[] {
    return this.addresses()
      .filter(({ tentative, duplicate }) => !tentative && !duplicate)
      .map(({ address }) => address);
  }

  /** Gives the device an address by hand, usable at once; `length` is that of the prefix on the link. */
  addAddress(address: Address, length: number): void {
    addAddress(this.instance.namespace, this.index, address, length);
  }

  /** Routes that lead out of this device. */
  routes(): KernelRoute[] {
    return this.instance.routes().filter(({ device }) => device === this.index);
  }

  /** The MTU that IPv6 uses here: the device's, or less if a router said so. */
  ipv6Mtu(): number {
    return Number(this.instance.setting(`ipv6/conf/${this.device}/mtu`));
  }

  /** Changes a setting of IPv6 on this device: `accept_ra`. */
  setIpv6(setting: string, value: string | number): void {
    this.instance.setSetting(`ipv6/conf/${this.device}/${setting}`, value);
  }

  /**
   * Takes down what passes the device from now on, until it is stopped or the instance ends.
   * @param keeps frames that are kept; all, unless told
   */
  capture(keeps?: (frame: Frame) => boolean): Capture {
    const capture = Capture.start(this.instance.namespace, this.device, keeps);
    this.instance.atStop(() => capture.stop());
    return capture;
  }

  /** Sends frames past the kernel's network stack. */
  send(...frames: readonly Frame[]): void {
    using socket = PacketSocket.forSending(this.instance.namespace, this.device);
    for (const frame of frames) socket.send(encodeFrame(frame));
  }
}
