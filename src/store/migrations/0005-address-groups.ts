/** Address groups, and rules that name one. */
import { type Kysely, sql } from 'kysely';
import { standard } from './0001-foundation.ts';

export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  await standard(db.schema.createTable('address_groups'))
    .addColumn('shared', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('address_group_addresses')
    .addColumn('address_group_id', 'text', (column) =>
      column.notNull().references('address_groups.id').onDelete('cascade'),
    )
    .addColumn('address', dialect === 'postgres' ? sql`text collate "C"` : sql`text`, (column) =>
      column.notNull(),
    )
    .addPrimaryKeyConstraint('address_group_addresses_pk', ['address_group_id', 'address'])
    .execute();
  await db.schema
    .alterTable('security_group_rules')
    .addColumn('remote_address_group_id', 'text', (column) => column.references('address_groups.id'))
    .execute();
  for (const [table, column] of [
    ['address_groups', 'project_id'],
    ['security_group_rules', 'remote_address_group_id'],
  ] as const) {
    await db.schema.createIndex(`${table}_by_${column}`).on(table).column(column).execute();
  }
}
