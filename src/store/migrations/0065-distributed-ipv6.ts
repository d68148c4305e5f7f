/** Routers whose instances' IPv6 leaves by their own hosts. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('routers')
    .addColumn('distributed_ipv6', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createIndex('routers_by_distributed_ipv6')
    .on('routers')
    .columns(['distributed_ipv6', 'id'])
    .execute();
}
