/** The hosts that serve the hardware ports of networks. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('serving_hosts')
    .addColumn('network_id', 'text', (column) =>
      column.notNull().references('networks.id').onDelete('cascade'),
    )
    .addColumn('chassis', 'text', (column) => column.notNull())
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('place', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('serving_hosts_pk', ['network_id', 'chassis'])
    .execute();
  await db.schema
    .createIndex('serving_hosts_by_place')
    .on('serving_hosts')
    .columns(['place', 'chassis'])
    .execute();
  // Of many ports few are of hardware.
  await sql`create index ports_of_hardware on ports (network_id) where binding_vnic_type <> 'normal'`.execute(
    db,
  );
}
