/** The way back from OVN: which ports work. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Lock, OvsdbClient, Row, TableKinds } from '../../ovsdb/index.ts';
import { setPortStatus } from '../../resources/port/status.ts';
import { slices } from '../../resources/repository.ts';
import type { Store } from '../../resources/tables.ts';
import { UNIT_MARK } from '../reconciler/plan.ts';
import { markOf } from '../reconciler/replica-view.ts';

type Status = 'ACTIVE' | 'DOWN';

const PORT_TABLE = 'Logical_Switch_Port';
const SLICE_SIZE = 500;

export interface PortStatusOptions {
  readonly store: Store;
  readonly client: OvsdbClient<TableKinds>;
  /** Whoever holds it writes; for the others this only watches. */
  readonly lock: Lock;
  readonly log: Logger;
}

/** Tells the store which ports are up: `ports.status` follows the column `up` of the logical switch ports. */
export class PortStatus {
  readonly #options: PortStatusOptions;
  readonly #unsubscribe: (() => void)[];
  /** What is not written yet. */
  #pending = new Map<string, Status>();
  #writing: Promise<void> | undefined;

  constructor(options: PortStatusOptions) {
    this.#options = options;
    const { client, lock } = options;
    this.#unsubscribe = [
      lock.onChange((held) => {
        if (held) this.#lookAtAll();
      }),
      client.onChange((changes) => {
        for (const { table, kind, row, columns } of changes) {
          if (table !== PORT_TABLE || kind === 'delete') continue;
          if (kind === 'insert' || columns.has('up')) this.#note(row);
        }
        this.#write();
      }),
    ];
    if (lock.held) this.#lookAtAll();
  }

  /** Stops watching; resolves when what was seen is written. */
  async stop(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    await this.#writing;
  }

  /** What happened while nobody watched has no notification. */
  #lookAtAll(): void {
    for (const row of this.#options.client.table(PORT_TABLE).rows()) this.#note(row);
    this.#write();
  }

  #note(row: Row): void {
    const [kind, id] = markOf(row, UNIT_MARK)?.split('/') ?? [];
    if (kind === 'port' && id !== undefined) this.#pending.set(id, row.up === true ? 'ACTIVE' : 'DOWN');
  }

  #write(): void {
    if (!this.#options.lock.held || this.#pending.size === 0) return;
    this.#writing ??= this.#flush().finally(() => {
      this.#writing = undefined;
    });
  }

  async #flush(): Promise<void> {
    while (this.#pending.size > 0) {
      const pending = this.#pending;
      this.#pending = new Map();
      try {
        for (const status of ['ACTIVE', 'DOWN'] as const) {
          const ids = [...pending].filter(([, wanted]) => wanted === status).map(([id]) => id);
          for (const slice of slices(ids, SLICE_SIZE)) {
            await this.#update(slice, status);
            await nextTurn();
          }
        }
      } catch (error) {
        this.#options.log.error(
          { err: error },
          'port status could not be written; it will be at the next change',
        );
        this.#pending = new Map([...pending, ...this.#pending]);
        return;
      }
    }
  }

  /** Reads first: in a burst of new ports nothing changes, and a transaction costs a disk sync. */
  async #update(ids: readonly string[], status: Status): Promise<void> {
    const { store } = this.#options;
    const wrong = await store.read
      .selectFrom('ports')
      .select('id')
      .where('id', 'in', ids)
      .where('status', '!=', status)
      .execute();
    if (wrong.length === 0) return;
    const changed = wrong.map(({ id }) => id);
    await store.transaction((tx) => setPortStatus(tx, changed, status));
  }
}
