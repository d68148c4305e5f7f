/** Ports whose instance is plugged in past the guard, by host. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('ports')
    .addColumn('past_guard_on', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
  // Hardly any port is: the index has no others.
  await sql`create index ports_past_guard on ports (past_guard_on) where past_guard_on <> ''`.execute(db);
}
