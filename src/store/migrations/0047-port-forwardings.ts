/** Ports of floating IPs that lead to ports of instances. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('port_forwardings')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('floatingip_id', 'text', (column) =>
      column.notNull().references('floatingips.id').onDelete('cascade'),
    )
    .addColumn('internal_port_id', 'text', (column) => column.notNull())
    .addColumn('internal_ip_address', 'text', (column) => column.notNull())
    .addColumn('protocol', 'text', (column) => column.notNull())
    .addColumn('internal_port_start', 'integer', (column) => column.notNull())
    .addColumn('internal_port_end', 'integer', (column) => column.notNull())
    .addColumn('external_port_start', 'integer', (column) => column.notNull())
    .addColumn('external_port_end', 'integer', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .execute();
  for (const column of ['floatingip_id', 'internal_port_id'] as const)
    await db.schema
      .createIndex(`port_forwardings_by_${column}`)
      .on('port_forwardings')
      .column(column)
      .execute();
}
