/** On which chassis each port is: a replica of what the southbound database has of it. */
import type { Logger } from 'pino';
import { Listeners } from '../base/index.ts';
import { declareDatabase, type Index, OvsdbClient, type Row } from '../ovsdb/index.ts';
import type { PortPlaces } from './host-caller.ts';

const declaration = declareDatabase('OVN_Southbound', {
  Port_Binding: { logical_port: 'string', chassis: 'optional uuid' },
  Chassis: { name: 'string' },
});

type PlaceTables = typeof declaration.tables;

export class SouthboundPlaces implements PortPlaces {
  readonly #client: OvsdbClient<PlaceTables>;
  readonly #moves = new Listeners<ReadonlySet<string>>();
  readonly #bindings: Index<string, Row<PlaceTables['Port_Binding']>>;

  private constructor(client: OvsdbClient<PlaceTables>) {
    this.#client = client;
    this.#bindings = client.table('Port_Binding').index(({ logical_port }) => logical_port);
    client.onChange((changes) => {
      const moved = changes.flatMap(({ table, row }) => (table === 'Port_Binding' ? row.logical_port : []));
      if (moved.length > 0) this.#moves.tell(new Set(moved));
    });
  }

  /** Connects, and resolves when everything is there; from then on it follows. */
  static async open(remote: string, log: Logger): Promise<SouthboundPlaces> {
    return new SouthboundPlaces(await OvsdbClient.connect({ remote, declaration, log }));
  }

  chassisOf(portId: string): string | undefined {
    const [row] = this.#bindings.get(portId);
    return row?.chassis && this.#client.table('Chassis').get(row.chassis)?.name;
  }

  /** All logical ports. */
  *ports(): Generator<string> {
    for (const { logical_port } of this.#client.table('Port_Binding').rows()) yield logical_port;
  }

  /** Calls `listener` with the logical ports that may be elsewhere now; the result ends it. */
  onMove(listener: (ports: ReadonlySet<string>) => void): () => void {
    return this.#moves.add(listener);
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
