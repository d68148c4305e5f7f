/** What OVN's southbound database tells a host of networks and ports: the facts that the service wrote there. */
import type { Logger } from 'pino';
import { Address, type Mac } from '../../addressing/index.ts';
import { Listeners } from '../../base/index.ts';
import {
  FACTS_KEY,
  type NetworkFacts,
  type PortFacts,
  SERVICE_PORT_PREFIX,
} from '../../host-contract/index.ts';
import { declareDatabase, type Index, OvsdbClient, type Row, type TlsFiles } from '../../ovsdb/index.ts';
import { FactsByNetwork, type KnownPort } from './facts-by-network.ts';

export type { KnownPort } from './facts-by-network.ts';

const declaration = declareDatabase('OVN_Southbound', {
  Port_Binding: {
    logical_port: 'string',
    datapath: 'uuid',
    chassis: 'optional uuid',
    external_ids: 'map of string to string',
  },
  Chassis: { name: 'string', encaps: 'set of uuid' },
  Encap: { ip: 'string' },
});

type SouthboundTables = typeof declaration.tables;
type PortBinding = Row<SouthboundTables['Port_Binding']>;

/** What changed: the ids of ports and networks that are new, gone or not what they were. */
export interface FactsChange {
  readonly ports: ReadonlySet<string>;
  readonly networks: ReadonlySet<string>;
  /** Of these ports, those that are or were on a network that somebody has asked for, by network. */
  readonly portsOf: ReadonlyMap<string, ReadonlySet<string>>;
}

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

/** What changed of where ports are. */
export interface PlacesChange {
  /** Ports that came to a host, or went from one, by network: those on networks that somebody has asked for. */
  readonly portsOf: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether hosts are new, gone, or have other addresses. */
  readonly hosts: boolean;
}

/** Where ports are, and how hosts are reached. */
export interface Places {
  /** The host (chassis) that a port works on; undefined while on none. */
  hostOf(portId: string): string | undefined;
  /** All hosts, with the addresses on which their tunnels end. */
  hosts(): Iterable<readonly [host: string, ends: readonly Address[]]>;
  /** Calls `listener` after each change; the result ends it. */
  onMove(listener: (change: PlacesChange) => void): () => void;
}

/** A router's external port is where OVN has its double: that is what its traffic passes. */
const RESIDENT_PREFIX = 'cr-lrp-';

const portOfBinding = (logicalPort: string): string =>
  logicalPort.startsWith(RESIDENT_PREFIX) ? logicalPort.slice(RESIDENT_PREFIX.length) : logicalPort;

/** The facts of all ports, followed as they change; kept as they were last seen while the database is away. */
export class HostFacts implements Facts, Places, AsyncDisposable {
  readonly #client: OvsdbClient<SouthboundTables>;
  readonly #bindings: Index<string, PortBinding>;
  readonly #known: FactsByNetwork;
  readonly #listeners = new Listeners<FactsChange>();
  readonly #moves = new Listeners<PlacesChange>();

  private constructor(client: OvsdbClient<SouthboundTables>, log: Logger) {
    this.#client = client;
    this.#bindings = client.table('Port_Binding').index(({ logical_port }) => logical_port);
    this.#known = new FactsByNetwork((error, port) =>
      log.error({ err: error, port }, 'facts cannot be read: the port stays cut off'),
    );
    for (const { logical_port } of client.table('Port_Binding').rows()) this.#look(logical_port);
    client.onChange((changes) => {
      const change = {
        ports: new Set<string>(),
        networks: new Set<string>(),
        portsOf: new Map<string, Set<string>>(),
      };
      const moved = { portsOf: new Map<string, Set<string>>(), hosts: false };
      for (const { table, kind, row, columns } of changes) {
        if (table !== 'Port_Binding') {
          moved.hosts = true;
          continue;
        }
        if (kind !== 'modify' || columns.has('chassis')) {
          const port = portOfBinding(row.logical_port);
          const network = this.#known.askedNetworkOf(port);
          if (network !== undefined) noteIn(moved.portsOf, network, port);
        }
        if (kind === 'modify' && !columns.has('external_ids') && !columns.has('datapath')) continue;
        const { logical_port: name } = row;
        const before = this.#known.askedNetworkOf(name);
        this.#look(name);
        if (name.startsWith(SERVICE_PORT_PREFIX)) {
          change.networks.add(name.slice(SERVICE_PORT_PREFIX.length));
          continue;
        }
        change.ports.add(name);
        for (const network of [before, this.#known.askedNetworkOf(name)]) {
          if (network !== undefined) noteIn(change.portsOf, network, name);
        }
      }
      if (change.ports.size + change.networks.size > 0) this.#listeners.tell(change);
      if (moved.hosts || moved.portsOf.size > 0) this.#moves.tell(moved);
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
    return this.#known.port(id);
  }

  networkOfPort(id: string): NetworkFacts | undefined {
    return this.#known.networkOfPort(id);
  }

  network(id: string): NetworkFacts | undefined {
    return this.#known.network(id);
  }

  portsOn(networkId: string): Iterable<KnownPort> {
    return this.#known.portsOn(networkId);
  }

  portByMac(networkId: string, mac: Mac): KnownPort | undefined {
    return this.#known.portByMac(networkId, mac);
  }

  onChange(listener: (change: FactsChange) => void): () => void {
    return this.#listeners.add(listener);
  }

  hostOf(portId: string): string | undefined {
    for (const name of [portId, `${RESIDENT_PREFIX}${portId}`]) {
      const [row] = this.#bindings.get(name);
      const chassis = row?.chassis && this.#client.table('Chassis').get(row.chassis);
      if (chassis) return chassis.name;
    }
    return undefined;
  }

  *hosts(): Generator<readonly [string, readonly Address[]]> {
    for (const { name, encaps } of this.#client.table('Chassis').rows()) {
      const ends = [...encaps].flatMap(
        (uuid) => Address.tryParse(this.#client.table('Encap').get(uuid)?.ip ?? '') ?? [],
      );
      yield [name, ends];
    }
  }

  onMove(listener: (change: PlacesChange) => void): () => void {
    return this.#moves.add(listener);
  }

  /**
   * Takes over what the database has of a logical port now. A row may be replaced by another of the same name in one
   * update, whichever is told first.
   */
  #look(logicalPort: string): void {
    const [row] = this.#bindings.get(logicalPort);
    const text = row?.external_ids.get(FACTS_KEY);
    if (row === undefined || text === undefined) this.#known.delete(logicalPort);
    else this.#known.put(logicalPort, row.datapath, text);
  }
}

function noteIn(portsOf: Map<string, Set<string>>, network: string, port: string): void {
  portsOf.getOrInsertComputed(network, () => new Set()).add(port);
}
