/** A status for what the engine makes of networks and routers, and why units failed. */
import type { Kysely } from 'kysely';

/** What could not be brought into OVN, and why; networks and routers have a status, as ports do. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('unit_failures')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('since', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('unit_failures_pk', ['kind', 'id'])
    .execute();
  for (const table of ['networks', 'routers']) {
    await db.schema
      .alterTable(table)
      .addColumn('status', 'text', (column) => column.notNull().defaultTo('ACTIVE'))
      .execute();
  }
}
