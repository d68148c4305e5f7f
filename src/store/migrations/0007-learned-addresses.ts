/** Whose an address is that an instance took for itself: on a network it is one port's. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  await db.schema
    .createTable('learned_addresses')
    .addColumn('network_id', 'text', (column) => column.notNull())
    .addColumn('address', dialect === 'postgres' ? sql`text collate "C"` : sql`text`, (column) =>
      column.notNull(),
    )
    .addColumn('port_id', 'text', (column) => column.notNull().references('ports.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('learned_addresses_pk', ['network_id', 'address'])
    .execute();
  await db.schema
    .createIndex('learned_addresses_by_port_id')
    .on('learned_addresses')
    .column('port_id')
    .execute();
}
