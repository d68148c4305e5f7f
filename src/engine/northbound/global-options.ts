/** Options of OVN as a whole that Sextant needs. */
import type { Logger } from 'pino';
import type { Lock, OvsdbClient, TableKinds } from '../../ovsdb/index.ts';
import { PendingWrites } from './pending-writes.ts';

const TABLE = 'NB_Global';

/**
 * Releases before an option leave it alone. `acl_ct_translation` (26.03): rules with ports know the fragments of a
 * datagram by its connection, so that one larger than the MTU passes. `bfd-...`: how often hosts that gateways are on
 * say that they are there, in milliseconds, and after how many times that nothing was heard the next one takes over.
 */
const OPTIONS: Readonly<Record<string, string>> = {
  acl_ct_translation: 'true',
  'bfd-min-tx': '100',
  'bfd-min-rx': '100',
  'bfd-mult': '3',
};

/** Keeps the options as they should be; of several processes the one that holds the lock. */
export class GlobalOptions {
  readonly #client: OvsdbClient<TableKinds>;
  readonly #writes: PendingWrites<string>;
  readonly #unsubscribe: (() => void)[];

  constructor(client: OvsdbClient<TableKinds>, lock: Lock, log: Logger) {
    this.#client = client;
    this.#writes = new PendingWrites({
      what: 'an option of OVN',
      write: (options) => this.#write(options),
      mayWrite: () => lock.held,
      log,
    });
    this.#unsubscribe = [
      lock.onChange(() => this.#look()),
      client.onChange((changes) => {
        if (changes.some(({ table }) => table === TABLE)) this.#look();
      }),
    ];
    this.#look();
  }

  /** Resolves when what was being written is written, or could not be. */
  async stop(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    await this.#writes.stop();
  }

  #look(): void {
    const [row] = this.#client.table(TABLE).rows();
    if (row === undefined) return;
    const present = row.options as ReadonlyMap<string, string>;
    for (const [key, value] of Object.entries(OPTIONS))
      if (present.get(key) !== value) this.#writes.put(key, value);
    this.#writes.start();
  }

  async #write(options: ReadonlyMap<string, string>): Promise<void> {
    const [row] = this.#client.table(TABLE).rows();
    // Without the row nothing is there yet to have options: it is looked at when it comes.
    if (row === undefined) return;
    const transaction = this.#client.transaction();
    transaction.mutate(TABLE, row._uuid, {
      options: { delete: [...options.keys()], insert: Object.fromEntries(options) },
    });
    await this.#client.transact(transaction);
  }
}
