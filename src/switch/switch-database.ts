/** The switch's own database, as far as hosts use it: bridges, their ports, and the interfaces of these. */
import type { Logger } from 'pino';
import { declareDatabase, type Index, OvsdbClient, type Row, type Transaction } from '../ovsdb/index.ts';
import { INTEGRATION_BRIDGE } from './chassis.ts';

const declaration = declareDatabase('Open_vSwitch', {
  // The switch copies next_cfg to cur_cfg when it has done what the database says.
  Open_vSwitch: {
    next_cfg: 'integer',
    cur_cfg: 'integer',
    external_ids: 'map of string to string',
    other_config: 'map of string to string',
  },
  Bridge: {
    name: 'string',
    ports: 'set of uuid',
    datapath_type: 'string',
    external_ids: 'map of string to string',
  },
  Port: { name: 'string', interfaces: 'set of uuid', tag: 'optional integer' },
  Interface: {
    name: 'string',
    type: 'string',
    options: 'map of string to string',
    external_ids: 'map of string to string',
    // The OpenFlow number: none until the switch has made the port, -1 when it could not.
    ofport: 'optional integer',
    // The one to have, if it is free.
    ofport_request: 'optional integer',
    link_state: 'optional string',
  },
});

/** Key, in external_ids of the integration bridge, of a zone (ovn-controller(8)). */
const ZONE_PREFIX = 'ct-zone-';

type SwitchTables = typeof declaration.tables;
export type SwitchTransaction = Transaction<SwitchTables>;
export type Interface = Row<SwitchTables['Interface']>;
/** What to write to an interface. */
export interface InterfaceColumns {
  type?: string;
  options?: Readonly<Record<string, string>>;
  external_ids?: Readonly<Record<string, string>>;
  /** OpenFlow number to have, if it is free. */
  ofport_request?: number;
}

export class SwitchDatabase implements AsyncDisposable {
  readonly #client: OvsdbClient<SwitchTables>;
  readonly #bridges: Index<string, Row<SwitchTables['Bridge']>>;
  readonly #ports: Index<string, Row<SwitchTables['Port']>>;
  readonly #interfaces: Index<string, Interface>;

  private constructor(client: OvsdbClient<SwitchTables>) {
    this.#client = client;
    this.#bridges = client.table('Bridge').index(({ name }) => name);
    this.#ports = client.table('Port').index(({ name }) => name);
    this.#interfaces = client.table('Interface').index(({ name }) => name);
  }

  /**
   * Connects, and stays connected over restarts of the database.
   * @param remote OVSDB remote, such as `unix:/run/openvswitch/db.sock`
   * @param signal gives up waiting for the first connection
   */
  static async open(remote: string, log: Logger, signal?: AbortSignal): Promise<SwitchDatabase> {
    const client = await OvsdbClient.connect({ remote, declaration, log, ...(signal && { signal }) });
    return new SwitchDatabase(client);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Calls `listener` whenever any of the rows change; the result ends it. */
  onChange(listener: () => void): () => void {
    return this.#client.onChange(listener);
  }

  /** The interfaces of a bridge's ports; none when there is no such bridge. */
  interfacesOn(bridge: string): Interface[] {
    const [row] = this.#bridges.get(bridge);
    return [...(row?.ports ?? [])]
      .flatMap((port) => [...(this.#client.table('Port').get(port)?.interfaces ?? [])])
      .flatMap((uuid) => this.#client.table('Interface').get(uuid) ?? []);
  }

  /**
   * The zones of connection tracking that ovn-controller has given out, by what they are for: a logical switch port, or
   * a router's translation of addresses.
   */
  connectionZones(): Map<string, number> {
    const [row] = this.#bridges.get(INTEGRATION_BRIDGE);
    return new Map(
      [...(row?.external_ids ?? [])].flatMap(([key, value]): [string, number][] =>
        key.startsWith(ZONE_PREFIX) ? [[key.slice(ZONE_PREFIX.length), Number(value)]] : [],
      ),
    );
  }

  /** Which datapath a bridge is of, `system` for the kernel's; undefined when there is no such bridge. */
  datapathOf(bridge: string): string | undefined {
    const [row] = this.#bridges.get(bridge);
    return row && (row.datapath_type || 'system');
  }

  /** The interface of this name, on whichever bridge: the name is unique in a switch. */
  interface(name: string): Interface | undefined {
    const [row] = this.#interfaces.get(name);
    return row;
  }

  /** One of the settings of the host that OVN keeps here (ovn-controller(8)). */
  setting(key: string): string | undefined {
    const [row] = this.#client.table('Open_vSwitch').rows();
    return row?.external_ids.get(key);
  }

  /**
   * Whether devices that are plugged in have to complete checksums themselves: the userspace datapath passes on what is
   * left to be done only where it does the segmenting, too.
   */
  get wantsChecksums(): boolean {
    const [row] = this.#client.table('Open_vSwitch').rows();
    const [bridge] = this.#bridges.get(INTEGRATION_BRIDGE);
    return bridge?.datapath_type === 'netdev' && row?.other_config.get('userspace-tso-enable') !== 'true';
  }

  /**
   * Carries a transaction out, however often it takes. `build` looks at the rows as they are and adds what is
   * missing.
   * @throws RefusedError when the database does not accept it
   */
  change(build: (transaction: SwitchTransaction) => void): Promise<void> {
    return this.#client.transactUntilDone(build);
  }

  /** Resolves when the switch has done what the database says at this moment. */
  async applied(): Promise<void> {
    let wanted = 0;
    await this.#client.transactUntilDone((transaction) => {
      wanted = this.#counters().next_cfg + 1;
      transaction.update('Open_vSwitch', [], { next_cfg: wanted });
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = () => this.#counters().cur_cfg >= wanted && resolve();
    const stop = this.onChange(check);
    check();
    await promise;
    stop();
  }

  /**
   * Adds a port with one interface to a bridge. Where that is there, it gets the columns that differ; keys of maps
   * that are not named stay, OVN has some of its own there.
   * @param vlan makes a new port an access port of this VLAN
   */
  putPort(
    transaction: SwitchTransaction,
    bridge: string,
    name: string,
    columns: InterfaceColumns,
    vlan?: number,
  ): void {
    const present = this.interface(name);
    if (present === undefined) {
      const interfaces = [transaction.insert('Interface', { name, ...columns })];
      const port = transaction.insert('Port', { name, interfaces, ...(vlan !== undefined && { tag: vlan }) });
      transaction.mutate('Bridge', [['name', '==', bridge]], { ports: { insert: [port] } });
      return;
    }
    const { type = present.type, ofport_request = present.ofport_request, ...maps } = columns;
    if (type !== present.type) transaction.update('Interface', present._uuid, { type });
    if (ofport_request !== undefined && ofport_request !== present.ofport_request)
      transaction.update('Interface', present._uuid, { ofport_request });
    for (const [column, pairs] of Object.entries(maps) as [keyof typeof maps, Record<string, string>][]) {
      if (Object.entries(pairs).every(([key, value]) => present[column].get(key) === value)) continue;
      const mutation = { [column]: { delete: Object.keys(pairs), insert: pairs } };
      transaction.mutate('Interface', present._uuid, mutation);
    }
  }

  /** Writes a value beside an interface, if there is one of this name; undefined takes the key away. */
  mark(transaction: SwitchTransaction, name: string, key: string, value: string | undefined): void {
    const present = this.interface(name);
    if (present === undefined || present.external_ids.get(key) === value) return;
    const insert = value === undefined ? {} : { insert: { [key]: value } };
    transaction.mutate('Interface', present._uuid, { external_ids: { delete: [key], ...insert } });
  }

  /** Takes a port off its bridge, if there is one of this name. The database drops what nothing refers to. */
  removePort(transaction: SwitchTransaction, name: string): void {
    for (const port of this.#ports.get(name)) {
      for (const bridge of this.#client.table('Bridge').referrers('ports').get(port._uuid)) {
        transaction.mutate('Bridge', bridge._uuid, { ports: { delete: [port._uuid] } });
      }
    }
  }

  #counters(): { next_cfg: number; cur_cfg: number } {
    const [row] = this.#client.table('Open_vSwitch').rows();
    return row ?? { next_cfg: 0, cur_cfg: 0 };
  }
}
