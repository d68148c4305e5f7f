import type { Kysely } from 'kysely';

/** Which addresses instances may use: policy of networks and ports, what they are, and what they were seen to use. */
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
}
