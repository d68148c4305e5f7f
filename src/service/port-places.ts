/** On which chassis each port is: a replica of what the southbound database has of it. */
import type { Logger } from 'pino';
import { Listeners } from '../base/index.ts';
import { declareDatabase, type Index, OvsdbClient, type Row } from '../ovsdb/index.ts';
import type { PortPlaces } from './host-caller.ts';

const declaration = declareDatabase('OVN_Southbound', {
  Port_Binding: {
    logical_port: 'string',
    chassis: 'optional uuid',
    additional_chassis: 'set of uuid',
    requested_additional_chassis: 'set of uuid',
  },
  Chassis: { name: 'string' },
});

type PlaceTables = typeof declaration.tables;

/** Hosts that have a port beside the one that it is on, by name. */
export interface Companions {
  /** As they say. */
  readonly actual: readonly string[];
  /** That are to, as the instance moves there. */
  readonly wanted: readonly string[];
}

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
    return row?.chassis && this.#nameOf(row.chassis);
  }

  /** The hosts that have a port beside the one that it is on; undefined for a port that is not there. */
  companionsOf(portId: string): Companions | undefined {
    const [row] = this.#bindings.get(portId);
    return (
      row && {
        actual: this.#namesOf(row.additional_chassis),
        wanted: this.#namesOf(row.requested_additional_chassis),
      }
    );
  }

  /** Takes a port off those of these hosts that have it beside the one that it is on, and are not to. */
  async release(portId: string, hosts: readonly string[]): Promise<void> {
    await this.#client.transactUntilDone((transaction) => {
      for (const { _uuid, additional_chassis, requested_additional_chassis } of this.#bindings.get(portId)) {
        const gone = [...additional_chassis].filter(
          (id) => !requested_additional_chassis.has(id) && hosts.includes(this.#nameOf(id) ?? ''),
        );
        if (gone.length > 0)
          transaction.mutate('Port_Binding', _uuid, { additional_chassis: { delete: gone } });
      }
    });
  }

  /** All logical ports. */
  *ports(): Generator<string> {
    for (const { logical_port } of this.#client.table('Port_Binding').rows()) yield logical_port;
  }

  /** Calls `listener` with the logical ports that hosts may have otherwise now; the result ends it. */
  onMove(listener: (ports: ReadonlySet<string>) => void): () => void {
    return this.#moves.add(listener);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #nameOf(chassis: string): string | undefined {
    return this.#client.table('Chassis').get(chassis)?.name;
  }

  #namesOf(chassis: Iterable<string>): string[] {
    return [...chassis].flatMap((id) => this.#nameOf(id) ?? []);
  }
}
