/**
 * The services of a host: opened for a network when its first instance is plugged in here, closed after the last one.
 * One socket gets what instances send to any of the networks' service ports.
 */
import type { Logger } from 'pino';
import type { Mac } from '../../addressing/index.ts';
import { Loop } from '../../base/index.ts';
import type { NetworkFacts } from '../../host-contract/index.ts';
import { type Instruction, PacketSocket, type Reception, receiveFrames } from '../../linux/index.ts';
import { ETHER_TYPE } from '../../packets/ethernet.ts';
import { IP_PROTOCOL } from '../../packets/ip-protocol.ts';
import { INSTANCE_BRIDGE, pluggedPort, type SwitchDatabase } from '../../switch/index.ts';
import type { Facts, KnownPort } from '../facts/index.ts';
import { PROBE_PORTS } from './anycast/index.ts';
import type { NetworkService, ServiceNetwork } from './network-service.ts';
import { ServiceNamespace, serviceDevice } from './service-namespace.ts';

export interface HostServicesOptions {
  readonly database: SwitchDatabase;
  readonly facts: Facts;
  /** Network namespace of the switch; null is the process's own. */
  readonly switchNamespace: string | null;
  /** Name of the services' own namespace. */
  readonly namespace: string;
  readonly services: readonly NetworkService[];
  readonly log: Logger;
}

const RETRY_MS = 1_000;

/**
 * Frames of UDP and ICMPv6 right behind the IPv6 header: what services hear as frames. TCP is the kernel's, but for
 * answers to probes.
 */
const DATAGRAMS: readonly Instruction[] = [
  [0x30, 0, 0, 20], // load the next header: octet 6 of the IPv6 header
  [0x15, 6, 0, IP_PROTOCOL.udp],
  [0x15, 5, 0, IP_PROTOCOL.icmpv6],
  [0x15, 0, 3, IP_PROTOCOL.tcp],
  [0x28, 0, 0, 56], // load the destination port: octets 2 and 3 of the TCP header
  [0x54, 0, 0, PROBE_PORTS.mask],
  [0x15, 1, 0, PROBE_PORTS.first],
  [0x06, 0, 0, 0], // no
  [0x06, 0, 0, 0x40000], // all of it
];

export class HostServices {
  readonly #options: HostServicesOptions;
  readonly #namespace: ServiceNamespace;
  readonly #socket: PacketSocket;
  readonly #reception: Reception;
  readonly #loop: Loop;
  readonly #unsubscribe: (() => void)[];
  readonly #open = new Map<string, OpenNetwork>();
  readonly #byDevice = new Map<number, OpenNetwork>();

  private constructor(options: HostServicesOptions) {
    this.#options = options;
    const { database, facts, log } = options;
    this.#namespace = new ServiceNamespace(options);
    this.#socket = PacketSocket.forNamespace(this.#namespace.name, ETHER_TYPE.ipv6, DATAGRAMS);
    this.#reception = receiveFrames(this.#socket.fd, (frames) => {
      for (const { device, octets } of frames) this.#received(device, octets);
    });
    this.#loop = new Loop(
      () => this.#pass(),
      RETRY_MS,
      (error) => log.error({ err: error }, 'services could not be set up, trying again'),
    );
    this.#unsubscribe = [
      database.onChange(() => this.#loop.wake()),
      facts.onChange(({ ports, networks }) => {
        const changed = new Set(networks);
        for (const id of ports) {
          const network = facts.networkOfPort(id);
          if (network !== undefined) changed.add(network.id);
        }
        for (const id of changed) this.#changed(id);
        this.#loop.wake();
      }),
    ];
  }

  /** Starts, and waits until the networks of all instances here are served. */
  static async start(options: HostServicesOptions): Promise<HostServices> {
    const services = new HostServices(options);
    await services.#namespace.keepOnly(services.#wanted().keys());
    await services.#loop.run();
    return services;
  }

  /**
   * Ends the services. The devices stay: a successor goes on with them, and what instances have been given stays
   * theirs.
   */
  async stop(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    await this.#loop.stop();
    for (const network of this.#open.values()) await this.#each('close', network, 'closed');
    await this.#reception.end();
    this.#socket.close();
  }

  /** The networks that have instances here. */
  #wanted(): Map<string, NetworkFacts> {
    const { database, facts } = this.#options;
    const wanted = new Map<string, NetworkFacts>();
    for (const row of database.interfacesOn(INSTANCE_BRIDGE)) {
      const port = pluggedPort(row);
      const network = port && facts.networkOfPort(port.id);
      if (network !== undefined) wanted.set(network.id, network);
    }
    return wanted;
  }

  async #pass(): Promise<void> {
    const wanted = this.#wanted();
    for (const [id, facts] of wanted) {
      const present = this.#open.get(id);
      if (present === undefined) await this.#begin(facts);
      else if (present.needsNewDevice(facts)) await this.#namespace.open(facts);
      present?.deviceFollows(facts);
    }
    for (const network of [...this.#open.values()]) if (!wanted.has(network.id)) await this.#end(network);
  }

  async #begin(facts: NetworkFacts): Promise<void> {
    const index = await this.#namespace.open(facts);
    const network = new OpenNetwork(facts, index, this.#options.facts, this.#namespace.name, (frame) =>
      this.#socket.sendThrough(index, frame),
    );
    this.#open.set(facts.id, network);
    this.#byDevice.set(index, network);
    await this.#each('open', network, 'opened');
    this.#options.log.info({ network: facts.id, device: network.device }, 'network is served');
  }

  async #end(network: OpenNetwork): Promise<void> {
    this.#open.delete(network.id);
    this.#byDevice.delete(network.index);
    await this.#each('close', network, 'closed');
    await this.#namespace.close(network.id);
    this.#options.log.info(
      { network: network.id },
      'network is not served any more: it has no instance here',
    );
  }

  #changed(id: string): void {
    const network = this.#open.get(id);
    if (network === undefined) return;
    for (const service of this.#options.services) {
      this.#guarded('follow', network, () => service.changed?.(network));
    }
  }

  #received(device: number, frame: Uint8Array): void {
    const network = this.#byDevice.get(device);
    if (network === undefined) return;
    for (const service of this.#options.services) {
      this.#guarded('answer on', network, () => service.received?.(network, frame));
    }
  }

  async #each(what: string, network: OpenNetwork, step: 'opened' | 'closed'): Promise<void> {
    for (const service of this.#options.services) {
      try {
        await service[step](network);
      } catch (error) {
        this.#failed(what, network, error);
      }
    }
  }

  #guarded(what: string, network: OpenNetwork, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#failed(what, network, error);
    }
  }

  #failed(what: string, network: OpenNetwork, error: unknown): void {
    this.#options.log.error({ err: error, network: network.id }, `a service could not ${what} a network`);
  }
}

class OpenNetwork implements ServiceNetwork {
  readonly id: string;
  readonly device: string;
  readonly namespace: string;
  /** Index of the device. */
  readonly index: number;
  readonly send: (frame: Uint8Array) => void;
  readonly #facts: Facts;
  #last: NetworkFacts;

  constructor(
    facts: NetworkFacts,
    index: number,
    all: Facts,
    namespace: string,
    send: (frame: Uint8Array) => void,
  ) {
    this.id = facts.id;
    this.device = serviceDevice(facts.id);
    this.namespace = namespace;
    this.index = index;
    this.send = send;
    this.#facts = all;
    this.#last = facts;
  }

  get facts(): NetworkFacts {
    return this.#facts.network(this.id) ?? this.#last;
  }

  /** Whether the device is not as the facts want it. */
  needsNewDevice(facts: NetworkFacts): boolean {
    return facts.mtu !== this.#last.mtu;
  }

  deviceFollows(facts: NetworkFacts): void {
    this.#last = facts;
  }

  port(mac: Mac): KnownPort | undefined {
    return this.#facts.portByMac(this.id, mac);
  }

  ports(): Iterable<KnownPort> {
    return this.#facts.portsOn(this.id);
  }
}
