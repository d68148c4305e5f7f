/** A network device of an instance. */
import { type Address, type Family, Mac } from '../../addressing/index.ts';
import {
  addAddress,
  addressesOf,
  findLink,
  type KernelAddress,
  type KernelRoute,
  NetlinkSocket,
  PacketSocket,
  setLink,
} from '../../linux/index.ts';
import { encodeFrame, type Frame } from '../../packets/frame.ts';
import { Capture } from '../capture.ts';
import { waitUntil } from '../wait.ts';
import type { Instance } from './instance.ts';

export class InstanceInterface {
  readonly instance: Instance;
  /** The device's name in the instance. */
  readonly device: string;
  readonly index: number;
  readonly mac: Mac;

  /** The device must be there. */
  constructor(instance: Instance, device: string) {
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
    return addressesOf(this.instance.namespace).filter(({ device }) => device === this.index);
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

  /** Takes down what passes the device from now on, until it is stopped or the instance ends. */
  capture(): Capture {
    const capture = Capture.start(this.instance.namespace, this.device);
    this.instance.atStop(() => capture.stop());
    return capture;
  }

  /** Sends frames past the kernel's network stack. */
  send(...frames: readonly Frame[]): void {
    using socket = PacketSocket.forSending(this.instance.namespace, this.device);
    for (const frame of frames) socket.send(encodeFrame(frame));
  }
}
