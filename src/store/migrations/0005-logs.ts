/** Which packets are logged. */
import type { Kysely } from 'kysely';
import { standard } from './0001-foundation.ts';

export async function up(db: Kysely<unknown>): Promise<void> {
  await standard(db.schema.createTable('logs'))
    .addColumn('resource_type', 'text', (column) => column.notNull())
    .addColumn('resource_id', 'text', (column) => column.references('security_groups.id').onDelete('cascade'))
    .addColumn('target_id', 'text', (column) => column.references('ports.id').onDelete('cascade'))
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .execute();
  for (const column of ['project_id', 'resource_id', 'target_id']) {
    await db.schema.createIndex(`logs_by_${column}`).on('logs').column(column).execute();
  }
  // OVN's log tells packets, hence ports by their MAC addresses.
  await db.schema.createIndex('ports_by_mac_address').on('ports').column('mac_address').execute();
}
