/** Ranges of segmentation ids, and numbers of 32 bits for what GRE has. */
import { type Kysely, sql } from 'kysely';
import { standard } from './0001-foundation.ts';
import { keepTags } from './0016-look-ups.ts';

export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  await standard(db.schema.createTable('network_segment_ranges'))
    .addColumn('default', 'integer', (column) => column.notNull())
    .addColumn('shared', 'integer', (column) => column.notNull())
    .addColumn('network_type', 'text', (column) => column.notNull())
    .addColumn('physical_network', 'text')
    .addColumn('minimum', 'bigint', (column) => column.notNull())
    .addColumn('maximum', 'bigint', (column) => column.notNull())
    .execute();
  for (const column of ['project_id', 'name', 'network_type'])
    await db.schema
      .createIndex(`network_segment_ranges_by_${column}`)
      .on('network_segment_ranges')
      .column(column)
      .execute();
  await keepTags(db, dialect, 'network_segment_ranges');
  // SQLite's integers have 64 bits.
  if (dialect === 'sqlite') return;
  await sql`alter table segmentations alter column segmentation_id type bigint`.execute(db);
  await sql`alter table networks alter column provider_segmentation_id type bigint`.execute(db);
}
