/** Where a subnet's next address is looked for, so that one that was given back rests for a while. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  // Compared with the sort keys of free_ranges: byte by byte, as they are.
  const sortKey = dialect === 'postgres' ? sql`text collate "C"` : sql`text`;
  await db.schema
    .createTable('allocation_cursors')
    .addColumn('subnet_id', 'text', (column) =>
      column.primaryKey().references('subnets.id').onDelete('cascade'),
    )
    .addColumn('taken', sortKey, (column) => column.notNull())
    .execute();
}
