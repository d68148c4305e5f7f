/** Address scopes, and the pools in them. */
import type { Kysely } from 'kysely';
import { countRows } from './0045-quotas.ts';

export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  await db.schema
    .createTable('address_scopes')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('ip_version', 'integer', (column) => column.notNull())
    .addColumn('shared', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'text', (column) => column.notNull())
    .addColumn('revision_number', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .alterTable('subnetpools')
    .addColumn('address_scope_id', 'text', (column) => column.references('address_scopes.id'))
    .execute();
  for (const [table, column] of [
    ['address_scopes', 'project_id'],
    ['address_scopes', 'name'],
    ['subnetpools', 'address_scope_id'],
  ] as const)
    await db.schema.createIndex(`${table}_by_${column}`).on(table).column(column).execute();
  await countRows(db, dialect, 'address_scopes', 'address_scope');
}
