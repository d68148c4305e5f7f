/** Instances: what the metadata service tells them. */
import type { Kysely } from 'kysely';
import { standard } from './0001-foundation.ts';

export async function up(db: Kysely<unknown>): Promise<void> {
  await standard(db.schema.createTable('instances'))
    .addColumn('hostname', 'text', (column) => column.notNull())
    .addColumn('user_data', 'text', (column) => column.notNull())
    .addColumn('user_data_encoding', 'text', (column) => column.notNull())
    .addColumn('public_keys', 'text', (column) => column.notNull())
    .addColumn('metadata', 'text', (column) => column.notNull())
    .addColumn('availability_zone', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('instances_by_project_id').on('instances').column('project_id').execute();
}
