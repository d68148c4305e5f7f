/** Which DNS servers are asked for names that a network does not know. */
import type { Kysely } from 'kysely';

/** A list of addresses for each network, in JSON; empty: as the operator has it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('networks')
    .addColumn('dns_forwarders', 'text', (column) => column.notNull().defaultTo('[]'))
    .execute();
}
