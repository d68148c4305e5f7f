/** Subnet pools, and what of them is free. */
import { type Kysely, sql } from 'kysely';
import { standard } from './0001-foundation.ts';
import { keepTags } from './0016-look-ups.ts';

export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  await standard(db.schema.createTable('subnetpools'))
    .addColumn('prefixes', 'text', (column) => column.notNull())
    .addColumn('ip_version', 'integer', (column) => column.notNull())
    .addColumn('default_prefixlen', 'integer', (column) => column.notNull())
    .addColumn('min_prefixlen', 'integer', (column) => column.notNull())
    .addColumn('max_prefixlen', 'integer', (column) => column.notNull())
    .addColumn('default_quota', 'integer')
    .addColumn('is_default', 'integer', (column) => column.notNull())
    .addColumn('shared', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('free_prefixes')
    .addColumn('subnetpool_id', 'text', (column) =>
      column.notNull().references('subnetpools.id').onDelete('cascade'),
    )
    .addColumn('length', 'integer', (column) => column.notNull())
    .addColumn('network', dialect === 'postgres' ? sql`text collate "C"` : sql`text`, (column) =>
      column.notNull(),
    )
    .addPrimaryKeyConstraint('free_prefixes_pk', ['subnetpool_id', 'length', 'network'])
    .execute();
  for (const [table, column] of [
    ['subnetpools', 'project_id'],
    ['subnetpools', 'name'],
    ['subnets', 'subnetpool_id'],
  ] as const)
    await db.schema.createIndex(`${table}_by_${column}`).on(table).column(column).execute();
  await keepTags(db, dialect, 'subnetpools');
}
