/** What ports tell Nova and operators of themselves; and QoS policies are counted, for their quota. */
import type { Kysely } from 'kysely';
import { countRows } from './0045-quotas.ts';

export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  await db.schema
    .alterTable('ports')
    .addColumn('propagate_uplink_status', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  for (const name of ['data_plane_status', 'device_profile', 'numa_affinity_policy'])
    await db.schema.alterTable('ports').addColumn(name, 'text').execute();
  await countRows(db, dialect, 'policies', 'policy');
}
