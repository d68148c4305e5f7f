/** What the engine writes into the store: everything else it only reads. */
import {
  forgetFailures,
  recordFailures,
  type Store,
  setPortStatus,
  type UnitFailureRow,
  type UnitKey,
} from '../resources/index.ts';
import { trimJournal } from '../store/index.ts';

/** Each resolves when it is on disk, and throws what `Store.transaction` throws. Arguments are plain data. */
export interface StoreWrites {
  setPortStatus(ids: readonly string[], status: 'ACTIVE' | 'DOWN'): Promise<void>;
  /** @param portsUp of the ports that are well again, those that are up */
  setFailures(
    failed: readonly UnitFailureRow[],
    well: readonly UnitKey[],
    portsUp: ReadonlySet<string>,
  ): Promise<void>;
  /** Forgets the journal's entries up to this one. */
  trimJournal(seq: number): Promise<void>;
}

/** Writes into a store. */
export const storeWrites = (store: Pick<Store, 'transaction'>): StoreWrites => ({
  setPortStatus: (ids, status) => store.transaction((tx) => setPortStatus(tx, ids, status)),
  setFailures: (failed, well, portsUp) =>
    store.transaction(async (tx) => {
      await recordFailures(tx, failed);
      await forgetFailures(tx, well, (id) => portsUp.has(id));
    }),
  trimJournal: (seq) => store.transaction(({ db }) => trimJournal(db, seq)),
});
