/**
 * The journal says which units (things that have a plan in the engine) a transaction touched. It is written in
 * the same transaction as the rows, so that no committed change can be missed, and read by whoever derives
 * something from the store: the reconciler keeps its place (cursor) beside what it derives.
 */
import { type Kysely, sql } from 'kysely';
import type { Tables } from './tables.ts';

export const unitKinds = [
  'network',
  'subnet',
  'port',
  'router',
  'address_group',
  'security_group',
  'anycast_address',
] as const;

/** A kind of unit; each is a resource of the same name. */
export type UnitKind = (typeof unitKinds)[number];

/** Something that changed, or that is to be brought up to date: only a key; what it is now stands in the store. */
export interface Unit {
  readonly kind: UnitKind;
  readonly id: string;
}

/** One journal entry. */
export interface JournalEntry extends Unit {
  /** Grows with each entry, in the order of commits. */
  readonly seq: number;
}

/**
 * Entries after a place in the journal, oldest first.
 * @param after the `seq` of the last entry already handled; 0 for the beginning
 * @param limit at most so many
 */
export async function readJournal(db: Kysely<Tables>, after: number, limit: number): Promise<JournalEntry[]> {
  const rows = await db
    .selectFrom('journal')
    .select(['seq', 'kind', 'id'])
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ seq: Number(row.seq), kind: row.kind as UnitKind, id: row.id }));
}

/** The highest `seq` there has ever been, also when its entry is gone; 0 for none. */
export async function journalEnd(db: Kysely<Tables>, dialect: 'sqlite' | 'postgres'): Promise<number> {
  const query =
    dialect === 'sqlite'
      ? sql<{ seq: number }>`select seq from sqlite_sequence where name = 'journal'`
      : sql<{
          seq: string;
        }>`select case when is_called then last_value else 0 end as seq from journal_seq_seq`;
  const { rows } = await query.execute(db);
  return Number(rows[0]?.seq ?? 0);
}

/** Forgets entries up to and with `seq`. */
export async function trimJournal(db: Kysely<Tables>, seq: number): Promise<void> {
  await db.deleteFrom('journal').where('seq', '<=', seq).execute();
}
