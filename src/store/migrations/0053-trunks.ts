/** Trunks, and their subports. */
import type { Kysely } from 'kysely';
import { standard } from './0001-foundation.ts';
import { keepTags } from './0016-look-ups.ts';
import { countRows } from './0045-quotas.ts';

export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  await standard(db.schema.createTable('trunks'))
    .addColumn('port_id', 'text', (column) => column.notNull().unique().references('ports.id'))
    .addColumn('admin_state_up', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('trunk_subports')
    .addColumn('port_id', 'text', (column) => column.primaryKey().references('ports.id'))
    .addColumn('trunk_id', 'text', (column) => column.notNull().references('trunks.id').onDelete('cascade'))
    .addColumn('segmentation_type', 'text', (column) => column.notNull())
    .addColumn('segmentation_id', 'integer', (column) => column.notNull())
    .addUniqueConstraint('trunk_subports_once', ['trunk_id', 'segmentation_type', 'segmentation_id'])
    .execute();
  for (const column of ['project_id', 'name'])
    await db.schema.createIndex(`trunks_by_${column}`).on('trunks').column(column).execute();
  await keepTags(db, dialect, 'trunks');
  await countRows(db, dialect, 'trunks', 'trunk');
}
