/**
 * The store: transactions that are durable once they have returned, on SQLite or PostgreSQL, migrations, and the
 * journal of what they changed. It knows no resource: the tables are a type that whoever opens it names. Begin with
 * `basic-store.ts`; `group-commit.ts` is how operations are kept apart, `journal.ts` what others follow.
 */

export { type BasicStore, type Peers, StoreError } from './basic-store.ts';
export { brokenKey, uniqueViolation } from './constraint.ts';
export { StoreFullError } from './full.ts';
export { type StoreTx, together } from './group-commit.ts';
export {
  type Change,
  type JournalEntry,
  journalEnd,
  journalLength,
  readJournal,
  trimJournal,
} from './journal.ts';
export { rowSlices, type Statement, statement } from './statement.ts';
export { type OpenOptions, openBasicStore } from './store.ts';
export type { DialectName, StoreTables } from './tables.ts';
export { StoreUnavailableError } from './unavailable.ts';
