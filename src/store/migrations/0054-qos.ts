/** QoS policies with their rules, of networks and ports. */
import type { Kysely } from 'kysely';
import { standard } from './0001-foundation.ts';
import { keepTags } from './0016-look-ups.ts';

export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  await standard(db.schema.createTable('policies'))
    .addColumn('shared', 'integer', (column) => column.notNull())
    .addColumn('is_default', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('qos_rules')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('policy_id', 'text', (column) =>
      column.notNull().references('policies.id').onDelete('cascade'),
    )
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('direction', 'text', (column) => column.notNull())
    .addColumn('max_kbps', 'integer')
    .addColumn('max_burst_kbps', 'integer')
    .addColumn('dscp_mark', 'integer')
    .addUniqueConstraint('qos_rules_once', ['policy_id', 'kind', 'direction'])
    .execute();
  for (const table of ['networks', 'ports'])
    await db.schema
      .alterTable(table)
      .addColumn('qos_policy_id', 'text', (column) => column.references('policies.id'))
      .execute();
  for (const [table, column] of [
    ['policies', 'project_id'],
    ['policies', 'name'],
    ['networks', 'qos_policy_id'],
    ['ports', 'qos_policy_id'],
  ] as const)
    await db.schema.createIndex(`${table}_by_${column}`).on(table).column(column).execute();
  await keepTags(db, dialect, 'policies');
}
