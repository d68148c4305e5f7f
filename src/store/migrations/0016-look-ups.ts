/**
 * What lists are filtered by is found by an index: tags stand one by one in a table of their own, which the database
 * keeps itself.
 */
import { type Kysely, sql } from 'kysely';

type Dialect = 'sqlite' | 'postgres';

const TAGGED = [
  'networks',
  'subnets',
  'ports',
  'routers',
  'security_groups',
  'instances',
  'address_groups',
  'logs',
  'anycast_addresses',
];

/** Has the database keep the tags of a table's rows. Rows without tags cost nothing. */
export async function keepTags(db: Kysely<unknown>, dialect: Dialect, table: string): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(db);
  const isSqlite = dialect === 'sqlite';
  /** Notes the tags of a row, or of all rows of the table. */
  const note = (row: string, from: string[]): string => {
    const list = isSqlite
      ? `json_each(${row}.tags)`
      : `json_array_elements_text(${row}.tags::json) as found(value)`;
    return `insert into tags (collection, tag, id) select '${table}', value, ${row}.id
      from ${[...from, list].join(', ')} where true on conflict do nothing`;
  };
  const forget = `delete from tags where collection = '${table}' and id = old.id`;
  await run(note(table, [table]));
  const events = [
    ['insert', 'insert', `new.tags <> '[]'`, [note('new', [])]],
    ['update', 'update of tags', 'new.tags <> old.tags', [forget, note('new', [])]],
    ['delete', 'delete', `old.tags <> '[]'`, [forget]],
  ] as const;
  for (const [name, event, condition, actions] of events) {
    const trigger = `${table}_tags_${name}`;
    const steps = [...actions, ...(isSqlite ? [] : ['return null'])];
    const body = `begin ${steps.map((step) => `${step};`).join(' ')} end`;
    if (!isSqlite)
      await run(`create function ${trigger}() returns trigger language plpgsql as $$ ${body} $$`);
    const action = isSqlite ? body : `execute function ${trigger}()`;
    await run(
      `create trigger ${trigger} after ${event} on ${table} for each row when (${condition}) ${action}`,
    );
  }
}

export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await db.schema
    .createTable('tags')
    .addColumn('collection', 'text', (column) => column.notNull())
    .addColumn('tag', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('tags_pk', ['collection', 'tag', 'id'])
    .execute();
  await db.schema.createIndex('tags_by_id').on('tags').columns(['id', 'collection']).execute();
  for (const table of TAGGED) await keepTags(db, dialect, table);
  // With the id behind, a page of those that are found needs no sorting.
  for (const column of ['device_owner', 'binding_host_id'])
    await db.schema.createIndex(`ports_by_${column}`).on('ports').columns([column, 'id']).execute();
}
