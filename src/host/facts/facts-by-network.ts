/**
 * The facts of many ports, by network. They are read from their text when somebody first asks for the network: a
 * cloud has many more networks than any host has instances of.
 */
import type { Mac } from '../../addressing/index.ts';
import {
  decodeNetworkFacts,
  decodePortFacts,
  type NetworkFacts,
  type PortFacts,
  SERVICE_PORT_PREFIX,
  servicePortName,
} from '../../host-contract/index.ts';

/** A port of a network, on whichever host. */
export interface KnownPort {
  readonly id: string;
  readonly facts: PortFacts;
}

/** All that is known of what is on one datapath of OVN. */
interface DatapathFacts {
  /** By logical port, the service port among them. */
  readonly texts: Map<string, string>;
  /** What the texts say, once that has been asked for. */
  read?: {
    network: NetworkFacts | undefined;
    readonly ports: Map<string, KnownPort>;
    /** Port ids by MAC address: the service gives no address twice on a network. */
    readonly byMac: Map<string, string>;
  };
}

export class FactsByNetwork {
  readonly #segments = new Map<string, DatapathFacts>();
  /** Datapaths by logical port. */
  readonly #datapaths = new Map<string, string>();
  readonly #onUnreadable: (error: unknown, logicalPort: string) => void;

  /** @param onUnreadable is told of text that is no facts: the port is as if it were not there */
  constructor(onUnreadable: (error: unknown, logicalPort: string) => void) {
    this.#onUnreadable = onUnreadable;
  }

  /** Takes what a logical port carries, instead of what it carried before. */
  put(logicalPort: string, datapath: string, text: string): void {
    this.delete(logicalPort);
    const segment = this.#segments.getOrInsertComputed(datapath, () => ({ texts: new Map() }));
    this.#datapaths.set(logicalPort, datapath);
    segment.texts.set(logicalPort, text);
    if (segment.read !== undefined) this.#readOne(segment.read, logicalPort, text);
  }

  /** @returns whether there was anything */
  delete(logicalPort: string): boolean {
    const datapath = this.#datapaths.get(logicalPort);
    const segment = datapath === undefined ? undefined : this.#segments.get(datapath);
    if (datapath === undefined || segment === undefined) return false;
    this.#datapaths.delete(logicalPort);
    segment.texts.delete(logicalPort);
    if (segment.texts.size === 0) this.#segments.delete(datapath);
    const { read } = segment;
    if (read === undefined) return true;
    if (logicalPort.startsWith(SERVICE_PORT_PREFIX)) read.network = undefined;
    const port = read.ports.get(logicalPort);
    if (port === undefined) return true;
    read.ports.delete(logicalPort);
    const mac = port.facts.mac.toString();
    if (read.byMac.get(mac) === logicalPort) read.byMac.delete(mac);
    return true;
  }

  port(id: string): PortFacts | undefined {
    return this.#segmentOf(id)?.ports.get(id)?.facts;
  }

  networkOfPort(id: string): NetworkFacts | undefined {
    return this.#segmentOf(id)?.network;
  }

  /** The id of the network of a logical port, if anybody has asked for it yet. */
  askedNetworkOf(logicalPort: string): string | undefined {
    const datapath = this.#datapaths.get(logicalPort);
    return datapath === undefined ? undefined : this.#segments.get(datapath)?.read?.network?.id;
  }

  network(id: string): NetworkFacts | undefined {
    return this.#segmentOf(servicePortName(id))?.network;
  }

  portsOn(networkId: string): Iterable<KnownPort> {
    return this.#segmentOf(servicePortName(networkId))?.ports.values() ?? [];
  }

  portByMac(networkId: string, mac: Mac): KnownPort | undefined {
    const segment = this.#segmentOf(servicePortName(networkId));
    const id = segment?.byMac.get(mac.toString());
    return id === undefined ? undefined : segment?.ports.get(id);
  }

  #segmentOf(logicalPort: string): DatapathFacts['read'] {
    const datapath = this.#datapaths.get(logicalPort);
    const segment = datapath === undefined ? undefined : this.#segments.get(datapath);
    if (segment === undefined || segment.read !== undefined) return segment?.read;
    const read = { network: undefined, ports: new Map(), byMac: new Map() };
    segment.read = read;
    for (const [name, text] of segment.texts) this.#readOne(read, name, text);
    return read;
  }

  #readOne(read: NonNullable<DatapathFacts['read']>, name: string, text: string): void {
    try {
      if (name.startsWith(SERVICE_PORT_PREFIX)) {
        read.network = decodeNetworkFacts(text);
      } else {
        const facts = decodePortFacts(text);
        read.ports.set(name, { id: name, facts });
        read.byMac.set(facts.mac.toString(), name);
      }
    } catch (error) {
      this.#onUnreadable(error, name);
    }
  }
}
