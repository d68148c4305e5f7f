/** Ports that were bound to a host which took nothing new. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('ports')
    .addColumn('binding_refused', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
}
