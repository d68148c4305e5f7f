/** What a reconciler is started with. */

import type { Logger } from 'pino';
import type { OvsdbClient, TableKinds } from '../../ovsdb/index.ts';
import type { Store } from '../../resources/index.ts';
import type { StoreWrites } from '../store-writes.ts';
import type { CursorRow } from './cursor.ts';
import type { FailureLog } from './failure.ts';
import type { Planner, UnitName } from './plan.ts';
import type { ReplicaView } from './replica-view.ts';

export interface ReconcilerOptions {
  readonly store: Store;
  readonly writes: Pick<StoreWrites, 'trimJournal'>;
  /** A client of the database to derive, with `leaderOnly` when it is clustered. */
  readonly client: OvsdbClient<TableKinds>;
  /** The client's replica, with the tables that are managed. */
  readonly view: ReplicaView;
  /** The row that keeps the cursor. */
  readonly cursorRow: CursorRow;
  readonly planner: Planner;
  /**
   * Called before anything else is applied, whenever this process is the one that acts from then on.
   * @param apply brings units up to date, in the order of the calls
   */
  readonly prepare?: (apply: (units: readonly UnitName[]) => Promise<void>) => Promise<void>;
  /** Where failures are kept for others; without one they are known here alone. */
  readonly failureLog?: FailureLog;
  /** Told how long a commit that this process heard of waited until the database had it, in milliseconds, while it acts. */
  readonly onFollowed?: (ms: number) => void;
  readonly log: Logger;
  /** Journal entries and other units in one transaction, at most. */
  readonly batchSize?: number;
  /** How often the journal is looked at in case a commit was not heard of, in milliseconds. */
  readonly pollMs?: number;
  /** Time between audits, in milliseconds. */
  readonly auditEveryMs?: number;
}

type Tuning = 'batchSize' | 'pollMs' | 'auditEveryMs';

/** The options with what is left out filled in. */
export type CompleteOptions = ReconcilerOptions & Required<Pick<ReconcilerOptions, Tuning>>;

/** Fills in what is left out. */
export const completed = (options: ReconcilerOptions): CompleteOptions => ({
  batchSize: 2_000,
  pollMs: 1_000,
  auditEveryMs: 600_000,
  ...options,
});
