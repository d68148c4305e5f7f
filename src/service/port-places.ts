/** On which chassis each port is: a replica of what the southbound database has of it. */
import type { Logger } from 'pino';
import { declareDatabase, type Index, OvsdbClient, type Row } from '../ovsdb/index.ts';
import type { PortPlaces } from './host-caller.ts';

const declaration = declareDatabase('OVN_Southbound', {
  Port_Binding: { logical_port: 'string', chassis: 'optional uuid' },
  Chassis: { name: 'string' },
});

type PlaceTables = typeof declaration.tables;

export class SouthboundPlaces implements PortPlaces {
  readonly #client: OvsdbClient<PlaceTables>;
  readonly #bindings: Index<string, Row<PlaceTables['Port_Binding']>>;

  private constructor(client: OvsdbClient<PlaceTables>) {
    this.#client = client;
    this.#bindings = client.table('Port_Binding').index(({ logical_port }) => logical_port);
  }

  /** Connects, and resolves when everything is there; from then on it follows. */
  static async open(remote: string, log: Logger): Promise<SouthboundPlaces> {
    return new SouthboundPlaces(await OvsdbClient.connect({ remote, declaration, log }));
  }

  chassisOf(portId: string): string | undefined {
    const [row] = this.#bindings.get(portId);
    return row?.chassis && this.#client.table('Chassis').get(row.chassis)?.name;
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
