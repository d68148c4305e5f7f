/** Options of OVN as a whole that Sextant needs. */
import type { Logger } from 'pino';
import type { Lock, OvsdbClient, TableKinds } from '../../ovsdb/index.ts';

const TABLE = 'NB_Global';

/**
 * Releases before an option leave it alone. `acl_ct_translation` (26.03): rules with ports know the fragments of a
 * datagram by its connection, so that one larger than the MTU passes.
 */
const OPTIONS: Readonly<Record<string, string>> = { acl_ct_translation: 'true' };

/** Keeps the options as they should be; of several processes the one that holds the lock. */
export class GlobalOptions {
  readonly #client: OvsdbClient<TableKinds>;
  readonly #lock: Lock;
  readonly #log: Logger;
  readonly #unsubscribe: (() => void)[];
  #isWriting = false;

  constructor(client: OvsdbClient<TableKinds>, lock: Lock, log: Logger) {
    this.#client = client;
    this.#lock = lock;
    this.#log = log;
    this.#unsubscribe = [
      lock.onChange(() => this.#look()),
      client.onChange((changes) => {
        if (changes.some(({ table }) => table === TABLE)) this.#look();
      }),
    ];
    this.#look();
  }

  stop(): void {
    for (const end of this.#unsubscribe) end();
  }

  #look(): void {
    const [row] = this.#client.table(TABLE).rows();
    if (row === undefined || !this.#lock.held || this.#isWriting) return;
    const present = row.options as ReadonlyMap<string, string>;
    const wrong = Object.entries(OPTIONS).filter(([key, value]) => present.get(key) !== value);
    if (wrong.length === 0) return;
    this.#isWriting = true;
    const transaction = this.#client.transaction();
    const insert = Object.fromEntries(wrong);
    transaction.mutate(TABLE, row._uuid, { options: { delete: Object.keys(insert), insert } });
    this.#client
      .transact(transaction)
      .catch((error: unknown) => this.#log.debug({ err: error }, 'an option of OVN could not be set'))
      .finally(() => {
        this.#isWriting = false;
      });
  }
}
