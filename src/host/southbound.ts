/** What OVN's southbound database tells a host of networks and ports: the facts that the service wrote there. */
import type { Logger } from 'pino';
import type { Mac } from '../addressing/index.ts';
import { declareDatabase, type Index, OvsdbClient, type Row, type TlsFiles } from '../ovsdb/index.ts';
import {
  decodeNetworkFacts,
  decodePortFacts,
  FACTS_KEY,
  type NetworkFacts,
  type PortFacts,
} from './facts.ts';
import { SERVICE_PORT_PREFIX } from './service-port.ts';

const declaration = declareDatabase('OVN_Southbound', {
  Port_Binding: {
    logical_port: 'string',
    datapath: 'uuid',
    external_ids: 'map of string to string',
  },
});

type Binding = Row<typeof declaration.tables.Port_Binding>;

/** A port of a network, on whichever host. */
export interface KnownPort {
  readonly id: string;
  readonly facts: PortFacts;
}

/** What changed: the ids of ports and networks that are new, gone or not what they were. */
export interface FactsChange {
  readonly ports: ReadonlySet<string>;
  readonly networks: ReadonlySet<string>;
}

/** What hosts know of a port's binding. A network's facts are those of its service port. */
type Known =
  | { readonly kind: 'port'; readonly port: KnownPort; readonly datapath: string }
  | { readonly kind: 'network'; readonly facts: NetworkFacts; readonly datapath: string };

/** Facts by name, as guard and services read them. */
export interface Facts {
  /** The facts of a port; undefined when there are none, or none that can be read. */
  port(id: string): PortFacts | undefined;
  /** The network that a port is on. */
  networkOfPort(id: string): NetworkFacts | undefined;
  network(id: string): NetworkFacts | undefined;
  /** All ports of a network, those of routers too. */
  portsOn(networkId: string): Iterable<KnownPort>;
  portByMac(networkId: string, mac: Mac): KnownPort | undefined;
  /** Calls `listener` after each change; the result ends it. */
  onChange(listener: (change: FactsChange) => void): () => void;
}

/** The facts of all ports, followed as they change; kept as they were last seen while the database is away. */
export class HostFacts implements Facts, AsyncDisposable {
  readonly #client: OvsdbClient<typeof declaration.tables>;
  readonly #log: Logger;
  /** By logical port. */
  readonly #known = new Map<string, Known>();
  readonly #networks = new Map<string, { facts: NetworkFacts; datapath: string }>();
  readonly #byDatapath = new Map<string, { network: string | undefined; ports: Map<string, KnownPort> }>();
  readonly #listeners = new Set<(change: FactsChange) => void>();
  readonly #bindings: Index<string, Binding>;

  private constructor(client: OvsdbClient<typeof declaration.tables>, log: Logger) {
    this.#client = client;
    this.#log = log;
    this.#bindings = client.table('Port_Binding').index(({ logical_port }) => logical_port);
    for (const row of client.table('Port_Binding').rows()) this.#learn(row);
    client.onChange((changes) => {
      const change = { ports: new Set<string>(), networks: new Set<string>() };
      for (const { kind, row, columns } of changes) {
        if (kind === 'modify' && !columns.has('external_ids') && !columns.has('datapath')) continue;
        this.#note(change, row.logical_port);
        this.#forget(row.logical_port);
        // A row may be replaced by another of the same name in one update, whichever is told first.
        const [present] = this.#bindings.get(row.logical_port);
        if (present !== undefined) this.#learn(present);
        this.#note(change, row.logical_port);
      }
      if (change.ports.size + change.networks.size === 0) return;
      for (const listener of this.#listeners) listener(change);
    });
  }

  /**
   * Connects, and resolves when everything is there.
   * @param remote OVSDB remotes of the southbound database, separated by commas
   * @param signal gives up waiting for the first connection
   */
  static async open(
    { remote, tls, log }: { remote: string; tls?: TlsFiles; log: Logger },
    signal?: AbortSignal,
  ): Promise<HostFacts> {
    const options = { remote, declaration, log, ...(tls && { tls }), ...(signal && { signal }) };
    return new HostFacts(await OvsdbClient.connect(options), log);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  port(id: string): PortFacts | undefined {
    const known = this.#known.get(id);
    return known?.kind === 'port' ? known.port.facts : undefined;
  }

  networkOfPort(id: string): NetworkFacts | undefined {
    const known = this.#known.get(id);
    const network = known && this.#byDatapath.get(known.datapath)?.network;
    return network === undefined ? undefined : this.network(network);
  }

  network(id: string): NetworkFacts | undefined {
    return this.#networks.get(id)?.facts;
  }

  *portsOn(networkId: string): Generator<KnownPort> {
    const network = this.#networks.get(networkId);
    if (network !== undefined) yield* this.#byDatapath.get(network.datapath)?.ports.values() ?? [];
  }

  portByMac(networkId: string, mac: Mac): KnownPort | undefined {
    const datapath = this.#networks.get(networkId)?.datapath;
    const id = datapath === undefined ? undefined : this.#byMac.get(macKey(datapath, mac));
    const known = id === undefined ? undefined : this.#known.get(id);
    return known?.kind === 'port' ? known.port : undefined;
  }

  onChange(listener: (change: FactsChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The port of each MAC address. The service gives no address twice on a network. */
  readonly #byMac = new Map<string, string>();

  #learn({ logical_port: name, datapath, external_ids }: Binding): void {
    const text = external_ids.get(FACTS_KEY);
    if (text === undefined) return;
    const segment = this.#segment(datapath);
    try {
      if (name.startsWith(SERVICE_PORT_PREFIX)) {
        const facts = decodeNetworkFacts(text);
        this.#known.set(name, { kind: 'network', facts, datapath });
        this.#networks.set(facts.id, { facts, datapath });
        segment.network = facts.id;
      } else {
        const port = { id: name, facts: decodePortFacts(text) };
        this.#known.set(name, { kind: 'port', port, datapath });
        segment.ports.set(name, port);
        this.#byMac.set(macKey(datapath, port.facts.mac), name);
      }
    } catch (error) {
      this.#log.error({ err: error, port: name }, 'facts cannot be read: the port stays cut off');
    }
  }

  #forget(name: string): void {
    const known = this.#known.get(name);
    if (known === undefined) return;
    this.#known.delete(name);
    const segment = this.#segment(known.datapath);
    if (known.kind === 'network') {
      this.#networks.delete(known.facts.id);
      segment.network = undefined;
    } else {
      segment.ports.delete(name);
      const key = macKey(known.datapath, known.port.facts.mac);
      if (this.#byMac.get(key) === name) this.#byMac.delete(key);
    }
    if (segment.network === undefined && segment.ports.size === 0) this.#byDatapath.delete(known.datapath);
  }

  #segment(datapath: string): { network: string | undefined; ports: Map<string, KnownPort> } {
    let segment = this.#byDatapath.get(datapath);
    if (segment === undefined) {
      segment = { network: undefined, ports: new Map() };
      this.#byDatapath.set(datapath, segment);
    }
    return segment;
  }

  #note(change: { ports: Set<string>; networks: Set<string> }, name: string): void {
    const known = this.#known.get(name);
    if (known?.kind === 'network') change.networks.add(known.facts.id);
    if (known?.kind === 'port') change.ports.add(name);
  }
}

const macKey = (datapath: string, mac: Mac): string => `${datapath} ${mac}`;
