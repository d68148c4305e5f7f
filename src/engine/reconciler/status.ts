/** How a reconciler is doing, as it tells others. */
import type { Counters } from './applier.ts';
import type { Failure } from './failure.ts';

/** How a reconciler is doing. What cannot be known at the moment, because the store is away, is undefined. */
export interface ReconcilerStatus {
  /** `acting`, or `standing by` while another process acts; `disconnected` from the database. */
  readonly role: 'acting' | 'standing by' | 'disconnected';
  /** The last journal entry that is in the database; undefined also when it does not follow this store yet. */
  readonly position: number | undefined;
  readonly journalEnd: number | undefined;
  /** Journal entries that are not in the database yet. */
  readonly waiting: number | undefined;
  /** How long the oldest of them has waited, as far as this process has seen; undefined when none waits. */
  readonly oldestWaitingMs: number | undefined;
  /** Units that are not as the store wants them. */
  readonly failures: readonly Failure[] | undefined;
  /** What this process has done since it started. */
  readonly counters: Readonly<Counters>;
}
