/** A network that the services of this host are open for. */
import type { Logger } from 'pino';
import { Mac } from '../../addressing/index.ts';
import { carriesIpv6, type NetworkFacts } from '../../host-contract/index.ts';
import type { Counter } from '../../metrics/index.ts';
import type { Facts, HardwarePorts, KnownPort } from '../facts/index.ts';
import { KernelQuestions } from './kernel-questions.ts';
import type { NetworkChange, NetworkService, ServiceNetwork } from './network-service.ts';
import { serviceDevice } from './service-namespace.ts';
import { ServiceSocket } from './service-socket.ts';

export interface OpenNetworkOptions {
  /** As they are when it is opened. */
  readonly network: NetworkFacts;
  readonly namespace: string;
  readonly facts: Facts & HardwarePorts;
  readonly services: readonly NetworkService[];
  /** Frames that were not sent. */
  readonly unsent: Counter<'reason'>;
  readonly log: Logger;
}

export class OpenNetwork implements ServiceNetwork {
  readonly id: string;
  readonly device: string;
  readonly namespace: string;
  readonly #options: OpenNetworkOptions;
  /** Those that could not be opened yet. */
  readonly #missing: Set<NetworkService>;
  #last: NetworkFacts;
  readonly #socket: ServiceSocket;
  /** Only where there may be hardware ports. */
  readonly #questions: KernelQuestions | undefined;
  #isClosed = false;

  /** @throws SystemCallError when its device is not there */
  constructor(options: OpenNetworkOptions) {
    this.id = options.network.id;
    this.device = serviceDevice(options.network.id);
    this.namespace = options.namespace;
    this.#options = options;
    this.#missing = new Set(options.services);
    this.#last = options.network;
    this.#socket = new ServiceSocket(this, (frame) => this.#received(frame));
    if (options.network.isPhysical)
      this.#questions = new KernelQuestions(this, (frame) =>
        this.#attempt(() => this.#sendToHardware(frame)),
      );
  }

  get facts(): NetworkFacts {
    return this.#options.facts.network(this.id) ?? this.#last;
  }

  /** Whether the device has to be made anew for the services to follow: it gets IPv6, or loses it. */
  needsNewDevice(facts: NetworkFacts): boolean {
    return carriesIpv6(facts) !== carriesIpv6(this.#last);
  }

  /** Whether the device is not as the facts want it. */
  needsSettings(facts: NetworkFacts): boolean {
    return facts.mtu !== this.#last.mtu;
  }

  /** The device is as these facts want it. */
  deviceFollows(facts: NetworkFacts): void {
    this.#last = facts;
  }

  port(mac: Mac): KnownPort | undefined {
    return this.#options.facts.portByMac(this.id, mac);
  }

  portById(id: string): KnownPort | undefined {
    const { facts } = this.#options;
    const port = facts.networkOfPort(id)?.id === this.id ? facts.port(id) : undefined;
    return port && { id, facts: port };
  }

  ports(): Iterable<KnownPort> {
    return this.#options.facts.portsOn(this.id);
  }

  send(frame: Uint8Array): void {
    const { unsent, log } = this.#options;
    // Answers take their time, and come when the last instance may be gone.
    if (this.#isClosed || !carriesIpv6(this.facts)) {
      unsent.increment({ reason: 'closed' });
      log.debug({ network: this.id }, 'a frame was not sent: the network is closed');
      return;
    }
    this.#attempt(() => {
      this.#socket.send(frame);
      if (isForAll(frame)) this.#sendToHardware(frame);
    });
  }

  #attempt(send: () => void): void {
    const { unsent, log } = this.#options;
    try {
      send();
    } catch (error) {
      unsent.increment({ reason: 'failed' });
      log.debug({ err: error, network: this.id }, 'a frame could not be sent');
    }
  }

  /**
   * What is for all stays on the host: OVN lets through what is for a hardware port's own MAC address alone. Such a frame
   * is taken all the same (RFC 6085).
   */
  #sendToHardware(frame: Uint8Array): void {
    const { facts } = this.#options;
    for (const id of facts.hardwareHere()) {
      const mac = this.portById(id)?.facts.mac;
      if (mac !== undefined) this.#socket.send(addressedTo(mac, frame));
    }
  }

  /**
   * Opens the services that are not open yet, each whatever becomes of the others.
   * @throws AggregateError of those that failed
   */
  async openServices(): Promise<void> {
    const failures: unknown[] = [];
    for (const service of [...this.#missing]) {
      try {
        await service.opened(this);
        this.#missing.delete(service);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'services could not be opened');
  }

  /** The facts of the network or of a port on it have changed. */
  changed(change: NetworkChange): void {
    for (const service of this.#options.services)
      this.#tell('follow', service, () => service.changed?.(this, change));
  }

  /** Frames of its instances that were dropped since this was last asked. */
  takeDropped(): number {
    return this.#isClosed ? 0 : this.#socket.takeDropped();
  }

  /**
   * Closes the services that are open. What they send from now on goes nowhere.
   * @throws AggregateError of those that failed
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    const failures: unknown[] = [];
    for (const service of this.#options.services) {
      if (this.#missing.has(service)) continue;
      this.#missing.add(service);
      try {
        await service.closed(this);
      } catch (error) {
        failures.push(error);
      }
    }
    await this.#questions?.close();
    await this.#socket.close();
    if (failures.length > 0) throw new AggregateError(failures, 'services could not be closed');
  }

  #received(frame: Uint8Array): void {
    if (this.#isClosed || !carriesIpv6(this.facts) || this.#isForOthers(frame)) return;
    for (const service of this.#options.services)
      this.#tell('answer on', service, () => service.received?.(this, frame));
  }

  /** Whether another host serves whom it is from: what hardware sends to all, every host of its network hears. */
  #isForOthers(frame: Uint8Array): boolean {
    if (!this.facts.isPhysical) return false;
    const port = this.port(sourceOf(frame));
    return port !== undefined && this.#options.facts.isServedElsewhere(port.id);
  }

  /** Tells a service something, unless it could not be opened. */
  #tell(what: string, service: NetworkService, act: () => void): void {
    if (this.#missing.has(service)) return;
    try {
      act();
    } catch (error) {
      this.#options.log.error({ err: error, network: this.id }, `a service could not ${what} a network`);
    }
  }
}

/** Octets of a MAC address in a frame. */
const MAC_OCTETS = 6;

const asBuffer = (frame: Uint8Array): Buffer => Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);

const sourceOf = (frame: Uint8Array): Mac =>
  Mac.of(BigInt(asBuffer(frame).readUIntBE(MAC_OCTETS, MAC_OCTETS)));

const isForAll = (frame: Uint8Array): boolean => ((frame[0] ?? 0) & 1) === 1;

/** The frame with another destination. */
function addressedTo(mac: Mac, frame: Uint8Array): Buffer {
  const copy = Buffer.from(frame);
  copy.writeUIntBE(Number(mac.value), 0, MAC_OCTETS);
  return copy;
}
