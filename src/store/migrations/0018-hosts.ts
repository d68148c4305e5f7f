/** Hosts, and the tokens by which they join. */
import type { Kysely } from 'kysely';
import { keepTags } from './0016-look-ups.ts';

export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  await db.schema
    .createTable('agents')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('chassis', 'text', (column) => column.notNull().unique())
    .addColumn('agent_type', 'text', (column) => column.notNull())
    .addColumn('binary', 'text', (column) => column.notNull())
    .addColumn('availability_zone', 'text', (column) => column.notNull())
    .addColumn('admin_state_up', 'integer', (column) => column.notNull())
    .addColumn('started_at', 'text', (column) => column.notNull())
    .addColumn('heartbeat_timestamp', 'text', (column) => column.notNull())
    .addColumn('certificate_expires_at', 'text')
    .addColumn('certificate_serial', 'text')
    .addColumn('next_certificate_serial', 'text')
    .addColumn('configurations', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'text', (column) => column.notNull())
    .addColumn('revision_number', 'integer', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('agents_by_host').on('agents').column('host').execute();
  await db.schema
    .createTable('host_tokens')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('uses', 'integer', (column) => column.notNull())
    .addColumn('used', 'integer', (column) => column.notNull())
    .addColumn('expires_at', 'text', (column) => column.notNull())
    .addColumn('secret_hash', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('tags', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'text', (column) => column.notNull())
    .addColumn('revision_number', 'integer', (column) => column.notNull())
    .execute();
  await keepTags(db, dialect, 'host_tokens');
}
