/**
 * The journal says which resources a transaction changed. It is written in the same transaction as the rows, so that
 * no committed change can be missed, and read by whoever derives something from the store: the reader keeps its place
 * (cursor) beside what it derives, and knows itself what else depends on what changed.
 */
import { type CompiledQuery, type Insertable, type Kysely, sql } from 'kysely';
import { rowSlices, statement } from './statement.ts';
import { type DialectName, type JournalRow, ownTables, type StoreTables } from './tables.ts';

/** What a transaction did to one resource. */
export interface Change {
  /** The kind of resource, as its definition is called. */
  readonly resource: string;
  readonly id: string;
  /** The attributes that have another value now; undefined when the resource was made or deleted. */
  readonly attributes: ReadonlySet<string> | undefined;
  /**
   * What it is, or was, related to: for each such attribute its values before and after. So whatever depends on the
   * relation can be found also when the resource is gone, or belongs to something else by now.
   */
  readonly links: Readonly<Record<string, readonly string[]>>;
}

/** One journal entry. */
export interface JournalEntry extends Change {
  /** Grows with each entry, in the order of commits. */
  readonly seq: number;
  /** Why it was made, as the transaction was told: the id of a request. */
  readonly cause: string | undefined;
}

/** Collects the changes of one operation, and writes them as its last step: one entry a resource. */
export class ChangeRecord {
  readonly #changes = new Map<string, Change>();

  readonly add = (change: Change): void => {
    const key = `${change.resource}/${change.id}`;
    const known = this.#changes.get(key);
    this.#changes.set(key, known === undefined ? change : merged(known, change));
  };

  get isEmpty(): boolean {
    return this.#changes.size === 0;
  }

  changes(): Iterable<Change> {
    return this.#changes.values();
  }
}

const insertEntries = statement((db: Kysely<StoreTables>, rows: readonly Insertable<JournalRow>[]) =>
  db.insertInto('journal').values(rows),
);

/**
 * The statements that write the entries of several operations, in their order; several, because databases limit the
 * parameters of one.
 */
export function journalInserts<T extends StoreTables>(
  db: Kysely<T>,
  parts: readonly { readonly changes: ChangeRecord; readonly cause: string | undefined }[],
): CompiledQuery[] {
  const rows = parts.flatMap(({ changes, cause }) =>
    Array.from(changes.changes(), ({ resource, id, attributes, links }) => ({
      resource,
      id,
      attributes: attributes === undefined ? null : JSON.stringify([...attributes]),
      links: JSON.stringify(links),
      cause: cause ?? null,
    })),
  );
  return Array.from(rowSlices(rows), (slice) => insertEntries.of(ownTables(db), slice));
}

function merged(one: Change, other: Change): Change {
  const links: Record<string, readonly string[]> = { ...one.links };
  for (const [name, values] of Object.entries(other.links))
    links[name] = [...new Set([...(links[name] ?? []), ...values])];
  const attributes = one.attributes && other.attributes && one.attributes.union(other.attributes);
  return { ...one, attributes, links };
}

/**
 * Entries after a place in the journal, oldest first.
 * @param after the `seq` of the last entry already handled; 0 for the beginning
 * @param limit at most so many
 */
export async function readJournal<T extends StoreTables>(
  db: Kysely<T>,
  after: number,
  limit: number,
): Promise<JournalEntry[]> {
  const rows = await ownTables(db)
    .selectFrom('journal')
    .selectAll()
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map(({ seq, resource, id, attributes, links, cause }) => ({
    seq: Number(seq),
    resource,
    id,
    attributes: attributes === null ? undefined : new Set(JSON.parse(attributes) as string[]),
    links: JSON.parse(links) as Change['links'],
    cause: cause ?? undefined,
  }));
}

/** The highest `seq` there has ever been, also when its entry is gone; 0 for none. */
export async function journalEnd<T extends StoreTables>(
  db: Kysely<T>,
  dialect: DialectName,
): Promise<number> {
  const query =
    dialect === 'sqlite'
      ? sql<{ seq: number }>`select seq from sqlite_sequence where name = 'journal'`
      : sql<{
          seq: string;
        }>`select case when is_called then last_value else 0 end as seq from journal_seq_seq`;
  const { rows } = await query.execute(db);
  return Number(rows[0]?.seq ?? 0);
}

/** How many entries there are. */
export async function journalLength<T extends StoreTables>(db: Kysely<T>): Promise<number> {
  const { length } = await ownTables(db)
    .selectFrom('journal')
    .select(({ fn }) => fn.countAll().as('length'))
    .executeTakeFirstOrThrow();
  return Number(length);
}

/** Forgets entries up to and with `seq`. */
export async function trimJournal<T extends StoreTables>(db: Kysely<T>, seq: number): Promise<void> {
  await ownTables(db).deleteFrom('journal').where('seq', '<=', seq).execute();
}
