/**
 * What OVN's southbound database tells a host of networks and ports: the facts that the service wrote there. Like OVN's
 * controller it follows the datapaths that have ports here, and no others: what it costs follows the host, not the cloud.
 */
import type { Logger } from 'pino';
import { Address, type Mac } from '../../addressing/index.ts';
import { Listeners, Loop } from '../../base/index.ts';
import {
  decodePortFacts,
  FACTS_KEY,
  type NetworkFacts,
  type PortFacts,
  portOfResident,
  residentName,
  SERVICE_PORT_PREFIX,
} from '../../host-contract/index.ts';
import {
  type Conditions,
  declareDatabase,
  type Index,
  OvsdbClient,
  type Row,
  type TlsFiles,
} from '../../ovsdb/index.ts';
import { FactsByNetwork, type KnownPort } from './facts-by-network.ts';

export type { KnownPort } from './facts-by-network.ts';

const declaration = declareDatabase('OVN_Southbound', {
  Port_Binding: {
    logical_port: 'string',
    datapath: 'uuid',
    chassis: 'optional uuid',
    type: 'string',
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

/** Hardware ports: their instances are on the physical network, past the switches of hosts. */
export interface HardwarePorts {
  /** Those that this host serves, which OVN chose for it among the hosts that may. */
  hardwareHere(): Iterable<string>;
  /** Whether a port is hardware that another host serves, or none. */
  isServedElsewhere(portId: string): boolean;
}

/** What OVN calls a hardware port (ovn-sb(5)). */
const EXTERNAL = 'external';

/** The gateways of routers that this host has. */
export interface Gateways {
  /** Their ports, with the facts. */
  gatewaysHere(): Iterable<readonly [portId: string, facts: PortFacts]>;
  /** Calls `listener` when they may be others; the result ends it. */
  onGateways(listener: () => void): () => void;
}

/** The ports that OVN has on this host: one that is plugged in on two, as it moves, is on one of them. */
export interface Residents {
  isResident(portId: string): boolean;
  /** Calls `listener` when they may be others; the result ends it. */
  onResidents(listener: () => void): () => void;
}

/** Where ports are that are on no chassis. */
const NOWHERE = '';
/** What OVN calls the side of a router's port that is on a network (ovn-sb(5)). */
const ROUTER_SIDE = 'patch';
/** A router's external port is where OVN has its double: that is what its traffic passes. */
const portOfBinding = (logicalPort: string): string => portOfResident(logicalPort) ?? logicalPort;

/** What the switch has of OVN's: by it this host knows what it needs. */
export interface PortsHere {
  /** Logical ports: of instances that are plugged in, and service ports of networks that are here for another reason. */
  names(): ReadonlySet<string>;
  /** This host's name in OVN. */
  readonly chassis: string | undefined;
  /** Calls `listener` when they may be others; the result ends it. */
  onChange(listener: () => void): () => void;
}

const RETRY_MS = 1_000;

/**
 * The facts of the networks that are here, followed as they change; kept as they were last seen while the database
 * is away. A network is known when all of its ports are.
 */
export class HostFacts implements Facts, Places, Gateways, Residents, HardwarePorts, AsyncDisposable {
  readonly #client: OvsdbClient<SouthboundTables>;
  readonly #here: PortsHere;
  readonly #byPort: Index<string, PortBinding>;
  readonly #byDatapath: Index<string, PortBinding>;
  /** Of hardware ports, by the chassis that serves them. */
  readonly #byServer: Index<string | undefined, PortBinding>;
  readonly #byName: Index<string, Row<SouthboundTables['Chassis']>>;
  readonly #byChassis: Index<string, PortBinding>;
  readonly #known: FactsByNetwork;
  readonly #onUnreadable: (error: unknown, port: string) => void;
  readonly #listeners = new Listeners<FactsChange>();
  readonly #moves = new Listeners<PlacesChange>();
  readonly #gatewayMoves = new Listeners();
  readonly #residentMoves = new Listeners();
  /** The datapaths of which the replica has all rows. */
  #whole: ReadonlySet<string> = new Set();
  readonly #following: Loop;
  readonly #unsubscribe: () => void;

  private constructor(client: OvsdbClient<SouthboundTables>, here: PortsHere, log: Logger) {
    this.#client = client;
    this.#here = here;
    const bindings = client.table('Port_Binding');
    this.#byPort = bindings.index(({ logical_port }) => logical_port);
    this.#byDatapath = bindings.index(({ datapath }) => datapath);
    this.#byServer = bindings.index(({ type, chassis }) => (type === EXTERNAL ? chassis : undefined));
    this.#byName = client.table('Chassis').index(({ name }) => name);
    this.#byChassis = bindings.index(({ chassis }) => chassis ?? NOWHERE);
    this.#onUnreadable = (error, port) =>
      log.error({ err: error, port }, 'facts cannot be read: the port stays cut off');
    this.#known = new FactsByNetwork(this.#onUnreadable);
    this.#following = new Loop(
      () => this.#follow(),
      RETRY_MS,
      (error) => log.error({ err: error }, 'what ports here need is not followed yet, trying again'),
    );
    client.onChange((changes) => {
      const looked = new Set<string>();
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
        const isTold = columns.has('external_ids') || columns.has('datapath');
        const isServed = row.type === EXTERNAL && columns.has('chassis');
        if (kind === 'modify' && !isTold && !isServed) continue;
        looked.add(row.logical_port);
      }
      this.#lookAt(looked);
      if (moved.hosts || moved.portsOf.size > 0) this.#moves.tell(moved);
      if (changes.some(({ table, row }) => table === 'Port_Binding' && this.#isGateways(row)))
        this.#gatewayMoves.tell();
      if (changes.some(({ table, columns }) => table === 'Port_Binding' && columns.has('chassis')))
        this.#residentMoves.tell();
      this.#following.wake();
    });
    this.#unsubscribe = here.onChange(() => this.#following.wake());
  }

  /**
   * Connects, and resolves when everything is there that ports here need.
   * @param remote OVSDB remotes of the southbound database, separated by commas
   * @param signal gives up waiting for the first connection
   */
  static async open(
    { remote, here, tls, log }: { remote: string; here: PortsHere; tls?: TlsFiles; log: Logger },
    signal?: AbortSignal,
  ): Promise<HostFacts> {
    const conditions = conditionsFor(here.names(), new Set(), undefined);
    const options = { remote, declaration, conditions, log, ...(tls && { tls }), ...(signal && { signal }) };
    const facts = new HostFacts(await OvsdbClient.connect(options), here, log);
    await facts.#following.run();
    return facts;
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    // It may be waiting for a session.
    await Promise.all([this.#client.close(), this.#following.stop()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Rows that are followed. */
  get size(): number {
    return this.#client.table('Port_Binding').size;
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

  *hardwareHere(): Generator<string> {
    const own = this.#ownChassis();
    if (own === undefined) return;
    for (const { logical_port } of this.#byServer.get(own)) yield logical_port;
  }

  isServedElsewhere(portId: string): boolean {
    const [row] = this.#byPort.get(portId);
    return row?.type === EXTERNAL && (row.chassis === undefined || row.chassis !== this.#ownChassis());
  }

  hostOf(portId: string): string | undefined {
    for (const name of [portId, residentName(portId)]) {
      const [row] = this.#byPort.get(name);
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

  *gatewaysHere(): Generator<readonly [string, PortFacts]> {
    for (const portId of this.#gatewayPorts()) {
      const [row] = this.#byPort.get(portId);
      const text = row?.external_ids.get(FACTS_KEY);
      try {
        if (text !== undefined) yield [portId, decodePortFacts(text)];
      } catch (error) {
        this.#onUnreadable(error, portId);
      }
    }
  }

  onGateways(listener: () => void): () => void {
    return this.#gatewayMoves.add(listener);
  }

  isResident(portId: string): boolean {
    return this.#here.chassis !== undefined && this.hostOf(portId) === this.#here.chassis;
  }

  onResidents(listener: () => void): () => void {
    return this.#residentMoves.add(listener);
  }

  /** The ports of gateways that OVN has here. */
  #gatewayPorts(): string[] {
    const own = this.#ownChassis();
    if (own === undefined) return [];
    return Array.from(this.#byChassis.get(own), ({ logical_port }) => portOfResident(logical_port)).filter(
      (port) => port !== undefined,
    );
  }

  /** Whether a row says where a gateway is, or what of one that is here. */
  #isGateways({ logical_port, type }: PortBinding): boolean {
    return (
      portOfResident(logical_port) !== undefined ||
      (type === ROUTER_SIDE && this.hostOf(logical_port) === this.#here.chassis)
    );
  }

  /**
   * Follows what is here: the datapaths, also those of hardware that this host serves, ports of which nothing is known yet, and where the routers' external ports are,
   * which OVN has on datapaths of their own.
   */
  async #follow(): Promise<void> {
    for (let followed = ''; ; ) {
      const datapaths = this.#datapathsHere();
      const conditions = this.#conditions(datapaths);
      if (JSON.stringify(conditions) === followed) return;
      await this.#client.follow(conditions);
      followed = JSON.stringify(conditions);
      const added = datapaths.difference(this.#whole);
      this.#whole = datapaths;
      this.#lookAt(
        new Set([...added].flatMap((id) => Array.from(this.#byDatapath.get(id), (row) => row.logical_port))),
      );
    }
  }

  #ownChassis(): string | undefined {
    const [row] = this.#byName.get(this.#here.chassis ?? '');
    return row?._uuid;
  }

  /** The logical ports by which this host knows what it needs. */
  #namesHere(): Set<string> {
    return new Set([...this.#here.names(), ...this.hardwareHere()]);
  }

  #datapathsHere(): Set<string> {
    return new Set(
      [...this.#namesHere()].flatMap((id) => Array.from(this.#byPort.get(id), ({ datapath }) => datapath)),
    );
  }

  #conditions(datapaths: ReadonlySet<string>): Conditions {
    const missing = [...this.#here.names()].filter((id) => this.#byPort.get(id).size === 0);
    const routers = [...datapaths].flatMap((id) =>
      [...this.#byDatapath.get(id)].filter(({ type }) => type === ROUTER_SIDE),
    );
    return conditionsFor(
      [...missing, ...routers.map(({ logical_port }) => residentName(logical_port)), ...this.#gatewayPorts()],
      datapaths,
      this.#ownChassis(),
    );
  }

  /** Takes over what has become of logical ports, and tells of it. */
  #lookAt(names: ReadonlySet<string>): void {
    const change = {
      ports: new Set<string>(),
      networks: new Set<string>(),
      portsOf: new Map<string, Set<string>>(),
    };
    for (const name of names) {
      const before = this.#known.askedNetworkOf(name);
      if (!this.#look(name)) continue;
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
  }

  /**
   * Takes over what the database has of a logical port now. A row may be replaced by another of the same name in one
   * update, whichever is told first.
   * @returns whether anything was, or is, known of it
   */
  #look(logicalPort: string): boolean {
    const [row] = this.#byPort.get(logicalPort);
    const text =
      row !== undefined && this.#whole.has(row.datapath) ? row.external_ids.get(FACTS_KEY) : undefined;
    if (row === undefined || text === undefined) return this.#known.delete(logicalPort);
    this.#known.put(logicalPort, row.datapath, text);
    return true;
  }
}

function noteIn(portsOf: Map<string, Set<string>>, network: string, port: string): void {
  portsOf.getOrInsertComputed(network, () => new Set()).add(port);
}

/** What the server is to send: the rows of these ports, of all ports on these datapaths, and of those on a chassis. */
function conditionsFor(
  ports: Iterable<string>,
  datapaths: ReadonlySet<string>,
  chassis: string | undefined,
): Conditions {
  return {
    Port_Binding: [
      ...(chassis === undefined ? [] : [['chassis', ['uuid', chassis]] as const]),
      ...Array.from(ports, (id) => ['logical_port', id] as const),
      ...Array.from(datapaths, (id) => ['datapath', ['uuid', id]] as const),
    ],
  };
}
