/** What a store is, whichever database it is on. */
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { GroupCommit, StoreTx, TransactionOptions } from './group-commit.ts';
import { type DialectName, ownTables, type StoreTables } from './tables.ts';

/** How the processes that share a store hear of each other, at once and without a trace. */
export interface Peers {
  /**
   * Tells the other processes that this one lives and does what `role` names.
   * @throws StoreUnavailableError
   */
  tell(role: string): Promise<void>;
  /** Calls `listener` with the role that another process tells of. Returns how to stop that. */
  onTold(listener: (role: string) => void): () => void;
  /**
   * Resolves when whatever was told before has been heard.
   * @throws StoreUnavailableError when this process is cut off from the others
   */
  heardAll(): Promise<void>;
}

export interface BasicStore<T> {
  readonly dialect: DialectName;
  /** Made with the database and never changed: tells this store from any other. */
  readonly id: string;
  /** Reads committed state; never waits for a transaction. */
  readonly read: Kysely<T>;
  /**
   * Runs `operation` in a transaction, while no other runs on this database in whatever process. When the promise
   * resolves, what it did is on disk. When `operation` throws, nothing of it is kept and the error passes on. It may run
   * again when the connection to the database is lost, so it must have no effects but those in the transaction.
   * @throws StoreUnavailableError when the database is away; if that happened in the commit, it may be done
   * @throws StoreFullError when its disk is full
   */
  transaction<R>(operation: (tx: StoreTx<T>) => Promise<R>, options?: TransactionOptions): Promise<R>;
  /** Calls `listener` after each commit, of whatever process, that wrote to the journal. Returns how to stop that. */
  onChange(listener: () => void): () => void;
  /** The other processes; undefined when there can be none. */
  readonly peers: Peers | undefined;
  close(): Promise<void>;
}

/** The address of a store that cannot be opened, with the reason and the way out. */
export class StoreError extends Error {}

/** The id of a store, made with its first use. */
export const storeId = <T extends StoreTables>(commits: GroupCommit<T>): Promise<string> =>
  commits.transaction(async (tx) => {
    const db = ownTables(tx.db);
    await db
      .insertInto('meta')
      .values({ key: 'store_id', value: randomUUID() })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const id = db.selectFrom('meta').select('value').where('key', '=', 'store_id');
    return (await id.executeTakeFirstOrThrow()).value;
  });
