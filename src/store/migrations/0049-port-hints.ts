/** What ports tell Nova and operators of themselves. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('ports')
    .addColumn('propagate_uplink_status', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  for (const name of ['data_plane_status', 'device_profile', 'numa_affinity_policy'])
    await db.schema.alterTable('ports').addColumn(name, 'text').execute();
}
