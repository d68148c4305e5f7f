/** Prefixes that providers delegate to routers, and subnets that have theirs from them. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('router_delegations')
    .addColumn('router_id', 'text', (column) => column.notNull().references('routers.id').onDelete('cascade'))
    .addColumn('iaid', 'integer', (column) => column.notNull())
    .addColumn('prefix', 'text', (column) => column.notNull())
    .addColumn('preferred_until', 'text')
    .addColumn('valid_until', 'text')
    .addPrimaryKeyConstraint('router_delegations_pk', ['router_id', 'prefix'])
    .execute();
  await db.schema
    .createTable('delegation_clients')
    .addColumn('router_id', 'text', (column) =>
      column.primaryKey().references('routers.id').onDelete('cascade'),
    )
    .addColumn('server', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .execute();
  for (const name of ['prefix_preferred_until', 'prefix_valid_until'])
    await db.schema.alterTable('subnets').addColumn(name, 'text').execute();
  await db.schema
    .alterTable('subnets')
    .addColumn('prefix_reason', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
}
