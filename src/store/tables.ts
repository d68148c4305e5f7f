/** The tables that every store has, whatever is kept in it beside them. */
import type { Generated, Kysely } from 'kysely';

export type DialectName = 'sqlite' | 'postgres';

/** What changed, for those who derive something from the store: see `journal.ts`. */
export interface JournalRow {
  seq: Generated<number>;
  resource: string;
  id: string;
  /** JSON list of the attributes that changed; null when the resource was made or deleted. */
  attributes: string | null;
  /** JSON object of lists of text. */
  links: string;
  cause: string | null;
}

/** Facts about the store itself. */
export interface MetaRow {
  key: string;
  value: string;
}

export interface StoreTables {
  journal: JournalRow;
  meta: MetaRow;
}

/** Of a database with further tables, those that every store has: a database of more is one of fewer. */
export const ownTables = <T extends StoreTables>(db: Kysely<T>): Kysely<StoreTables> =>
  db as unknown as Kysely<StoreTables>;
