/**
 * What joins a lab's machines: an underlay, of one family of addresses, and a trunk of VLANs. Each is a bridge of the
 * kernel's in a network namespace of its own, which has the first address of the underlay for whoever listens there.
 */
import { hash } from 'node:crypto';
import { Address, type Family, Mac, Prefix } from '../../addressing/index.ts';
import {
  addAddress,
  completeChecksums,
  createBridge,
  createNamespace,
  createVeth,
  deleteNamespace,
  disableIpv6,
  findLink,
  NetlinkSocket,
  removeAddress,
  setLink,
} from '../../linux/index.ts';
import { Capture } from '../capture.ts';
import type { InstanceInterface, LabInstance } from '../instance/instance.ts';
import { LabMachine } from './machine.ts';

const UNDERLAY = 'underlay';
const TRUNK = 'trunk';
/** Beside the MAC addresses of instances. */
const PREFIXES: Readonly<Record<Family, Prefix>> = {
  6: Prefix.parse('fd00:ee::/64'),
  4: Prefix.parse('198.51.100.0/24'),
};
/** Machines have the addresses from here on. */
const FIRST_MACHINE = 16n;
/**
 * Of the fabric itself. A bridge would take the lowest of its ports', which change as machines come: these would look for
 * it where it was.
 */
const OWN_MAC = Mac.parse('fa:16:3f:00:00:01');
/** What a machine is plugged in by. */
export type Cable = typeof UNDERLAY | typeof TRUNK;
/** Names of devices have 15 characters at most. */
const PLUG = { [UNDERLAY]: 'u', [TRUNK]: 't' } as const;

export class Fabric implements AsyncDisposable {
  /** Its network namespace. */
  readonly namespace: string;
  /** Its own address on the underlay. */
  readonly address: Address;
  readonly #prefix: Prefix;
  readonly #lab: string;
  readonly #machines: LabMachine[] = [];

  private constructor(lab: string, family: Family) {
    this.#lab = lab;
    this.namespace = `sxt-${lab}-fabric`;
    this.#prefix = PREFIXES[family];
    this.address = this.#addressAt(1n);
  }

  /**
   * Makes the fabric of a lab; it ends before the lab does.
   * @param lab the lab's id
   * @param family of the underlay: it has no address of the other one
   */
  static open({ id }: { readonly id: string }, family: Family = 6): Fabric {
    const fabric = new Fabric(id, family);
    createNamespace(fabric.namespace);
    try {
      using socket = new NetlinkSocket(fabric.namespace);
      setLink(socket, findLink(socket, 'lo')!.index, { up: true });
      for (const name of [UNDERLAY, TRUNK]) createBridge(socket, { name, mac: OWN_MAC, up: true });
      disableIpv6(fabric.namespace, TRUNK);
      fabric.show();
    } catch (error) {
      deleteNamespace(fabric.namespace);
      throw error;
    }
    return fabric;
  }

  /** Makes a machine with nothing on it, on underlay and trunk. */
  machine(name: string): LabMachine {
    const number = this.#machines.length;
    const namespace = `sxt-${this.#lab}-${name}`;
    createNamespace(namespace);
    const machine = new LabMachine(name, namespace, this.#addressAt(FIRST_MACHINE + BigInt(number)));
    this.#machines.push(machine);
    using inside = new NetlinkSocket(namespace);
    setLink(inside, findLink(inside, 'lo')!.index, { up: true });
    this.#connect(machine, UNDERLAY, machine.underlay);
    this.#connect(machine, TRUNK, machine.trunk);
    addAddress(namespace, findLink(inside, machine.underlay)!.index, machine.address, this.#prefix.length);
    return machine;
  }

  /** Cuts a machine off the underlay, or off the trunk, and everybody else there from it. */
  cut(machine: LabMachine, cable: Cable = UNDERLAY): void {
    this.#switchPlug(machine, cable, false);
  }

  /** Undoes `cut`. */
  mend(machine: LabMachine, cable: Cable = UNDERLAY): void {
    this.#switchPlug(machine, cable, true);
  }

  /** Gives an instance a device, down, that is on the trunk itself: on no machine, and no switch but the fabric's. */
  plugIn(instance: LabInstance, device: string, mac: Mac): InstanceInterface {
    const plug = `p-${hash('sha256', `${instance.namespace} ${device}`).slice(0, 12)}`;
    using socket = new NetlinkSocket(this.namespace);
    createVeth(socket, { name: plug }, { name: device, mac, namespace: instance.namespace });
    disableIpv6(this.namespace, plug);
    completeChecksums(this.namespace, plug);
    completeChecksums(instance.namespace, device);
    const { index } = findLink(socket, TRUNK)!;
    setLink(socket, findLink(socket, plug)!.index, { bridge: index, up: true });
    return instance.interface(device);
  }

  /** Takes the fabric's own address away: whoever listens there is not to be reached. */
  hide(): void {
    removeAddress(this.namespace, this.#own, this.address, this.#prefix.length);
  }

  /** Undoes `hide`. */
  show(): void {
    addAddress(this.namespace, this.#own, this.address, this.#prefix.length);
  }

  /** Takes down what passes a machine's cable, at the fabric's end. */
  capture(machine: LabMachine, cable: Cable = UNDERLAY): Capture {
    return Capture.start(this.namespace, plugOf(machine, cable));
  }

  /** Ends all that runs on the machines, and removes them and the fabric. */
  async close(): Promise<void> {
    await Promise.all(this.#machines.map((machine) => machine.stop()));
    deleteNamespace(this.namespace);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Index of the device that the fabric itself is on the underlay by. */
  get #own(): number {
    using socket = new NetlinkSocket(this.namespace);
    return findLink(socket, UNDERLAY)!.index;
  }

  #switchPlug(machine: LabMachine, cable: Cable, up: boolean): void {
    using socket = new NetlinkSocket(this.namespace);
    setLink(socket, findLink(socket, plugOf(machine, cable))!.index, { up });
  }

  #connect(machine: LabMachine, bridge: Cable, device: string): void {
    const plug = plugOf(machine, bridge);
    using socket = new NetlinkSocket(this.namespace);
    createVeth(socket, { name: plug }, { name: device, namespace: machine.namespace });
    disableIpv6(this.namespace, plug);
    // Cables carry whole frames: a switch on a machine takes them as they come.
    completeChecksums(this.namespace, plug);
    completeChecksums(machine.namespace, device);
    const { index } = findLink(socket, bridge)!;
    setLink(socket, findLink(socket, plug)!.index, { bridge: index, up: true });
    using inside = new NetlinkSocket(machine.namespace);
    setLink(inside, findLink(inside, device)!.index, { up: true });
  }

  #addressAt(offset: bigint): Address {
    const { network } = this.#prefix;
    return Address.of(network.family, network.value + offset);
  }
}

/** The fabric's end of a machine's cable. */
const plugOf = ({ name }: LabMachine, bridge: Cable): string => `${PLUG[bridge]}-${name}`;
