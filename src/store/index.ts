/**
 * The store: transactions that are durable once they have returned, on SQLite or PostgreSQL, migrations, and the
 * journal of what they changed. It knows no resource: the tables are a type that whoever opens it names. Begin with
 * `store.ts`; `journal.ts` is what others follow.
 */
export { uniqueViolation } from './constraint.ts';
export {
  type Change,
  type JournalEntry,
  journalEnd,
  journalLength,
  readJournal,
  trimJournal,
} from './journal.ts';
export { type BasicStore, openBasicStore, StoreError, type StoreTx } from './store.ts';
export type { DialectName, StoreTables } from './tables.ts';
