/** Addresses of instances that routers answer for on their external network. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('ndp_proxies')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('router_id', 'text', (column) => column.notNull())
    .addColumn('port_id', 'text', (column) => column.notNull())
    .addColumn('ip_address', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'text', (column) => column.notNull())
    .addColumn('revision_number', 'integer', (column) => column.notNull())
    .execute();
  for (const column of ['project_id', 'name', 'router_id', 'port_id'] as const)
    await db.schema.createIndex(`ndp_proxies_by_${column}`).on('ndp_proxies').column(column).execute();
  await db.schema
    .alterTable('routers')
    .addColumn('enable_ndp_proxy', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
}
