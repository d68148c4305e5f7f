/** Snooping on networks, relay by routers; anycast addresses and the ports that serve them. */
import type { Kysely } from 'kysely';
import { standard } from './0001-foundation.ts';

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [table, column] of [
    ['networks', 'multicast_snooping'],
    ['routers', 'multicast_relay'],
  ] as const) {
    await db.schema
      .alterTable(table)
      .addColumn(column, 'integer', (definition) => definition.notNull().defaultTo(0))
      .execute();
  }

  await standard(db.schema.createTable('anycast_addresses'))
    .addColumn('router_id', 'text', (column) => column.notNull().references('routers.id'))
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('health_check', 'text', (column) => column.notNull())
    .addUniqueConstraint('anycast_addresses_address', ['router_id', 'address'])
    .execute();
  await db.schema
    .createTable('anycast_members')
    .addColumn('anycast_address_id', 'text', (column) =>
      column.notNull().references('anycast_addresses.id').onDelete('cascade'),
    )
    .addColumn('port_id', 'text', (column) => column.notNull().references('ports.id').onDelete('cascade'))
    .addColumn('healthy', 'integer')
    .addPrimaryKeyConstraint('anycast_members_pk', ['anycast_address_id', 'port_id'])
    .execute();
  for (const [table, column] of [
    ['anycast_addresses', 'project_id'],
    ['anycast_members', 'port_id'],
  ] as const) {
    await db.schema.createIndex(`${table}_by_${column}`).on(table).column(column).execute();
  }
}
