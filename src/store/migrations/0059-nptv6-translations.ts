/** Prefixes that stand outside for those behind routers. */
import type { Kysely } from 'kysely';
import { countRows } from './0045-quotas.ts';

export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  await db.schema
    .createTable('nptv6_translations')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('router_id', 'text', (column) => column.notNull().references('routers.id'))
    .addColumn('subnetpool_id', 'text', (column) => column.notNull().references('subnetpools.id'))
    .addColumn('internal_prefix', 'text', (column) => column.notNull())
    .addColumn('external_prefix', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'text', (column) => column.notNull())
    .addColumn('revision_number', 'integer', (column) => column.notNull())
    .execute();
  for (const column of ['project_id', 'name', 'router_id', 'subnetpool_id'] as const)
    await db.schema
      .createIndex(`nptv6_translations_by_${column}`)
      .on('nptv6_translations')
      .column(column)
      .execute();
  await countRows(db, dialect, 'nptv6_translations', 'nptv6_translation');
}
