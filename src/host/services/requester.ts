/** Who asks a service, known by its port: never by anything that it says of itself. */
import type { Address, Mac } from '../../addressing/index.ts';
import { findLink, NetlinkSocket, neighbourMac } from '../../linux/index.ts';
import type { KnownPort } from '../facts/index.ts';
import { AddressBook } from './address-book.ts';
import { followPorts } from './follow-ports.ts';
import type { NetworkChange, ServiceNetwork } from './network-service.ts';

export class Requesters {
  readonly #network: ServiceNetwork;
  /** Index of the network's device. */
  readonly #device: number;
  readonly #netlink: NetlinkSocket;
  #book: AddressBook | undefined;

  constructor(network: ServiceNetwork) {
    this.#network = network;
    this.#netlink = new NetlinkSocket(network.namespace);
    this.#device = findLink(this.#netlink, network.device)!.index;
  }

  /** The addresses on the network. */
  get book(): AddressBook {
    this.#book ??= new AddressBook(this.#network.ports());
    return this.#book;
  }

  /** Ports of the network have changed: what follows costs no more on a network with many. */
  changed({ ports }: NetworkChange): void {
    if (this.#book !== undefined) followPorts(this.#book, this.#network, ports);
  }

  /**
   * The MAC address behind a peer's address, as the kernel knows it since it answered the peer. The guard lets nobody
   * advertise what is another's.
   */
  macOf(address: Address): Mac | undefined {
    return neighbourMac(this.#netlink, this.#device, address);
  }

  /** The port of a MAC address, if it may use this address; undefined for whoever is none of the network's ports. */
  portOf(mac: Mac, address: Address): KnownPort | undefined {
    const port = this.#network.port(mac);
    return port && !port.facts.isRouterPort && this.book.mayUse(port, address) ? port : undefined;
  }

  /** The port behind a peer's address, as `macOf` and `portOf` tell. */
  portBehind(address: Address): KnownPort | undefined {
    const mac = this.macOf(address);
    return mac && this.portOf(mac, address);
  }

  close(): void {
    this.#netlink.close();
  }
}
