/** Rules of QoS policies that limit packets. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['max_kpps', 'max_burst_kpps'])
    await db.schema.alterTable('qos_rules').addColumn(column, 'integer').execute();
}
