/** What instances are told by router advertisements and DHCPv6, and the prefixes that they are told to give up. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  const texts = [
    ['dns_search_domains', '[]'],
    ['ra_router_preference', 'medium'],
  ] as const;
  for (const [name, initial] of texts) {
    await db.schema
      .alterTable('subnets')
      .addColumn(name, 'text', (column) => column.notNull().defaultTo(initial))
      .execute();
  }
  for (const name of ['preferred_lifetime', 'valid_lifetime', 'ra_router_lifetime']) {
    await db.schema.alterTable('subnets').addColumn(name, 'integer').execute();
  }
  await db.schema.alterTable('subnets').addColumn('pref64', 'text').execute();
  await db.schema
    .createTable('retired_prefixes')
    .addColumn('network_id', 'text', (column) =>
      column.notNull().references('networks.id').onDelete('cascade'),
    )
    .addColumn('prefix', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('retired_prefixes_pk', ['network_id', 'prefix'])
    .execute();
}
