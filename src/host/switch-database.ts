/** The switch's own database, as far as hosts use it: bridges, their ports, and the interfaces of these. */
import type { Logger } from 'pino';
import {
  declareDatabase,
  type Index,
  OvsdbClient,
  type Row,
  type Transaction,
  type WritableRow,
} from '../ovsdb/index.ts';

const declaration = declareDatabase('Open_vSwitch', {
  Bridge: { name: 'string', ports: 'set of uuid' },
  Port: { name: 'string', interfaces: 'set of uuid' },
  Interface: {
    name: 'string',
    type: 'string',
    options: 'map of string to string',
    external_ids: 'map of string to string',
    // The OpenFlow number: none until the switch has made the port, -1 when it could not.
    ofport: 'optional integer',
  },
});

type Tables = typeof declaration.tables;
export type SwitchTransaction = Transaction<Tables>;
export type Interface = Row<Tables['Interface']>;
/** What to write to an interface; columns left out stay. */
export type InterfaceColumns = WritableRow<Tables['Interface']>;

export class SwitchDatabase implements AsyncDisposable {
  readonly #client: OvsdbClient<Tables>;
  readonly #bridges: Index<string, Row<Tables['Bridge']>>;
  readonly #ports: Index<string, Row<Tables['Port']>>;
  readonly #interfaces: Index<string, Interface>;

  private constructor(client: OvsdbClient<Tables>) {
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

  /** The interface of this name, on whichever bridge: the name is unique in a switch. */
  interface(name: string): Interface | undefined {
    const [row] = this.#interfaces.get(name);
    return row;
  }

  /**
   * Carries a transaction out, however often it takes. `build` looks at the rows as they are and adds what is
   * missing.
   * @throws RefusedError when the database does not accept it
   */
  change(build: (transaction: SwitchTransaction) => void): Promise<void> {
    return this.#client.transactUntilDone(build);
  }

  /** Adds a port with one interface to a bridge, or changes the interface of this name where that is there. */
  putPort(transaction: SwitchTransaction, bridge: string, name: string, columns: InterfaceColumns): void {
    const present = this.interface(name);
    if (present) {
      if (!hasColumns(present, columns)) transaction.update('Interface', present._uuid, columns);
      return;
    }
    const port = transaction.insert('Port', {
      name,
      interfaces: [transaction.insert('Interface', { name, ...columns })],
    });
    transaction.mutate('Bridge', [['name', '==', bridge]], { ports: { insert: [port] } });
  }

  /** Takes a port off its bridge, if there is one of this name. The database drops what nothing refers to. */
  removePort(transaction: SwitchTransaction, name: string): void {
    for (const port of this.#ports.get(name)) {
      for (const bridge of this.#client.table('Bridge').referrers('ports').get(port._uuid)) {
        transaction.mutate('Bridge', bridge._uuid, { ports: { delete: [port._uuid] } });
      }
    }
  }
}

/** Whether an interface has these values already. In maps, more keys than the named ones are not looked at. */
function hasColumns(present: Interface, columns: InterfaceColumns): boolean {
  return (
    (columns.type ?? present.type) === present.type &&
    hasPairs(present.options, columns.options) &&
    hasPairs(present.external_ids, columns.external_ids)
  );
}

function hasPairs(present: ReadonlyMap<string, string>, wanted: InterfaceColumns['options'] = {}): boolean {
  const pairs = wanted instanceof Map ? wanted : Object.entries(wanted);
  return Array.from(pairs).every(([key, value]) => present.get(key) === value);
}
