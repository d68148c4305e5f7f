/** Routers that left a network, of which instances are told whenever their host hears of it. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('retired_routers')
    .addColumn('network_id', 'text', (column) =>
      column.notNull().references('networks.id').onDelete('cascade'),
    )
    .addColumn('mac_address', 'text', (column) => column.notNull())
    .addColumn('fixed_ips', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('retired_routers_pk', ['network_id', 'mac_address'])
    .execute();
}
