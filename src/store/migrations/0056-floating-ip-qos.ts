/** QoS policies of floating IPs. Those of routers' gateways are their ports'. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('floatingips')
    .addColumn('qos_policy_id', 'text', (column) => column.references('policies.id'))
    .execute();
  await db.schema
    .createIndex('floatingips_by_qos_policy_id')
    .on('floatingips')
    .column('qos_policy_id')
    .execute();
}
