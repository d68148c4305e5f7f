/** The hosts that routers' gateways are on. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('gateway_hosts')
    .addColumn('router_id', 'text', (column) => column.notNull().references('routers.id').onDelete('cascade'))
    .addColumn('chassis', 'text', (column) => column.notNull())
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('place', 'integer', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('gateway_hosts_pk', ['router_id', 'chassis'])
    .execute();
  await db.schema
    .createIndex('gateway_hosts_by_place')
    .on('gateway_hosts')
    .columns(['place', 'chassis'])
    .execute();
}
