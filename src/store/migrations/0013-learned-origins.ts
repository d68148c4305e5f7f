/** How addresses that instances took were seen, and what hosts are to forget of them. */
import type { Kysely } from 'kysely';

interface Ports {
  ports: { id: string; learned_addresses: string; created_at: string };
}

/** What was a list of addresses is one of objects. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('ports').addColumn('learned_reset', 'text').execute();
  const tables = db as Kysely<Ports>;
  const ports = await tables
    .selectFrom('ports')
    .select(['id', 'learned_addresses', 'created_at'])
    .where('learned_addresses', '!=', '[]')
    .execute();
  for (const { id, learned_addresses, created_at: since } of ports) {
    const addresses = JSON.parse(learned_addresses) as string[];
    const learned = addresses.map((ip_address) => ({ ip_address, origin: 'traffic', since }));
    await tables
      .updateTable('ports')
      .set({ learned_addresses: JSON.stringify(learned) })
      .where('id', '=', id)
      .execute();
  }
}
