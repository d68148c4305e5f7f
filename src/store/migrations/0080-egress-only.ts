/** Routers that let in nothing but answers. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('routers')
    .addColumn('egress_only_ipv6', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createIndex('routers_by_egress_only_ipv6')
    .on('routers')
    .columns(['egress_only_ipv6', 'id'])
    .execute();
}
