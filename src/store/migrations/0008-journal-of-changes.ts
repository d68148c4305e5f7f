/**
 * The journal tells which resources changed, and what of them, in place of which units of the engine are to be looked
 * at. It begins anew: whoever kept a place in the old one finds it beyond the end, and compares everything.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  await db.schema.dropTable('journal').execute();
  await db.schema
    .createTable('journal')
    .addColumn(
      'seq',
      dialect === 'postgres' ? sql`bigint generated always as identity` : 'integer',
      (column) => (dialect === 'postgres' ? column.primaryKey() : column.primaryKey().autoIncrement()),
    )
    .addColumn('resource', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('attributes', 'text')
    .addColumn('links', 'text', (column) => column.notNull())
    .addColumn('cause', 'text')
    .execute();
}
