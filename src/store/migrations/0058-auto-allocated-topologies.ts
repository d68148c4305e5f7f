/** The default external network, and what projects were given who asked for a network of whichever kind. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('networks')
    .addColumn('is_default', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable('auto_allocated_topologies')
    .addColumn('project_id', 'text', (column) => column.primaryKey())
    .addColumn('network_id', 'text', (column) =>
      column.notNull().unique().references('networks.id').onDelete('cascade'),
    )
    .addColumn('router_id', 'text', (column) => column.references('routers.id').onDelete('set null'))
    .execute();
  await db.schema
    .createIndex('auto_allocated_topologies_by_router_id')
    .on('auto_allocated_topologies')
    .column('router_id')
    .execute();
}
