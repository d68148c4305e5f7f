/** Which addresses instances may use: policy of networks and ports, what they are, and what they were seen to use. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('networks')
    .addColumn('address_policy', 'text', (column) => column.notNull().defaultTo('prefix'))
    .execute();
  const ports = [
    ['device_role', 'host'],
    ['delegated_prefixes', '[]'],
    ['learned_addresses', '[]'],
  ] as const;
  for (const [name, initial] of ports) {
    await db.schema
      .alterTable('ports')
      .addColumn(name, 'text', (column) => column.notNull().defaultTo(initial))
      .execute();
  }
  await db.schema.alterTable('ports').addColumn('address_policy', 'text').execute();
  // Few ports have prefixes, and whoever asks for them asks by network.
  await db.schema
    .createIndex('ports_with_delegated_prefixes')
    .on('ports')
    .column('network_id')
    .where(sql.ref('delegated_prefixes'), '!=', sql.lit('[]'))
    .execute();
}
