/** Bindings of ports to further hosts: those that their instances may move to. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('port_bindings')
    .addColumn('port_id', 'text', (column) => column.notNull().references('ports.id').onDelete('cascade'))
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('vif_type', 'text', (column) => column.notNull())
    .addColumn('vnic_type', 'text', (column) => column.notNull())
    .addColumn('profile', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('port_bindings_pk', ['port_id', 'host'])
    .execute();
}
