/** The way back from OVN: which ports work. */

import type { Logger } from 'pino';
import type { Lock, OvsdbClient, Row, RowChange, TableKinds } from '../../ovsdb/index.ts';
import type { Store } from '../../resources/index.ts';
import { UNIT_MARK } from '../reconciler/plan.ts';
import { markOf, type ReplicaView } from '../reconciler/replica-view.ts';
import type { StoreWrites } from '../store-writes.ts';
import { portRef } from './names.ts';
import { PendingWrites } from './pending-writes.ts';

type Status = 'ACTIVE' | 'DOWN';

const PORT_TABLE = 'Logical_Switch_Port';

export interface PortStatusOptions {
  readonly store: Pick<Store, 'read'>;
  readonly writes: StoreWrites;
  readonly client: OvsdbClient<TableKinds>;
  readonly view: ReplicaView;
  /** Whoever holds it writes; for the others this only watches. */
  readonly lock: Lock;
  /** Told how long it took from when OVN had a new port until the store knew it to be up, in milliseconds. */
  readonly onFirstUp?: (ms: number) => void;
  readonly log: Logger;
}

/**
 * Tells the store which ports are up: `ports.status` follows the column `up` of the logical switch ports. That of ports
 * that have failed is {@link UnitFailures}' until they are well again.
 */
export class PortStatus {
  readonly #options: PortStatusOptions;
  readonly #unsubscribe: (() => void)[];
  readonly #writes: PendingWrites<Status>;
  /** Since when OVN has each port that has not been up yet, as far as this process saw it come. */
  readonly #newSince = new Map<string, number>();

  constructor(options: PortStatusOptions) {
    this.#options = options;
    const { client, lock, log } = options;
    this.#writes = new PendingWrites({
      what: 'port status',
      write: (portion) => this.#write(portion),
      mayWrite: () => lock.held,
      log,
    });
    this.#unsubscribe = [
      lock.onChange((held) => {
        if (held) this.#lookAtAll();
        // Who holds it now looks at all.
        else this.#writes.clear();
      }),
      client.onChange((changes) => {
        for (const { table, kind, row, columns } of changes) {
          if (table !== PORT_TABLE) continue;
          this.#noteNew(row, kind);
          if (kind === 'delete') continue;
          if (kind === 'insert' || columns.has('up')) this.#note(row);
        }
        this.#writes.start();
      }),
    ];
    if (lock.held) this.#lookAtAll();
  }

  /** Whether OVN has a port, and says that it is up. */
  isUp(portId: string): boolean {
    return this.#options.view.find(portRef(portId))?.up === true;
  }

  /** Tells the store of these ports again. */
  lookAt(portIds: readonly string[]): void {
    for (const id of portIds) {
      const row = this.#options.view.find(portRef(id));
      if (row !== undefined) this.#note(row);
    }
    this.#writes.start();
  }

  /** Stops watching; resolves when what was seen is written, or could not be. */
  async stop(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    await this.#writes.stop();
  }

  /** What happened while nobody watched has no notification. */
  #lookAtAll(): void {
    for (const row of this.#options.client.table(PORT_TABLE).rows()) this.#note(row);
    this.#writes.start();
  }

  #note(row: Row): void {
    const id = portIdOf(row);
    if (id !== undefined) this.#writes.put(id, row.up === true ? 'ACTIVE' : 'DOWN');
  }

  #noteNew(row: Row, kind: RowChange<Row>['kind']): void {
    const id = portIdOf(row);
    // Those of routers are up by themselves.
    if (id === undefined || row.type !== '') return;
    if (kind === 'insert') this.#newSince.set(id, performance.now());
    if (kind === 'delete') this.#newSince.delete(id);
  }

  #noteActive(portIds: readonly string[]): void {
    const now = performance.now();
    for (const id of portIds) {
      const since = this.#newSince.get(id);
      if (since !== undefined) this.#options.onFirstUp?.(now - since);
      this.#newSince.delete(id);
    }
  }

  /** Reads first: in a burst of new ports nothing changes, and a transaction costs a disk sync. */
  async #write(portion: ReadonlyMap<string, Status>): Promise<void> {
    const { store, writes } = this.#options;
    for (const status of ['ACTIVE', 'DOWN'] as const) {
      const ids = [...portion].filter(([, wanted]) => wanted === status).map(([id]) => id);
      // PostgreSQL takes no empty list.
      if (ids.length === 0) continue;
      const wrong = await store.read
        .selectFrom('ports')
        .select('id')
        .where('id', 'in', ids)
        .where('status', 'not in', [status, 'ERROR'])
        .execute();
      if (wrong.length === 0) continue;
      const changed = wrong.map(({ id }) => id);
      await writes.setPortStatus(changed, status);
      if (status === 'ACTIVE') this.#noteActive(changed);
    }
  }
}

/** The port that a row of the table is planned for; undefined for rows of others. */
function portIdOf(row: Row): string | undefined {
  const [kind, id] = markOf(row, UNIT_MARK)?.split('/') ?? [];
  return kind === 'port' ? id : undefined;
}
