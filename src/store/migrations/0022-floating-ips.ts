/** Floating IPs. */
import type { Kysely } from 'kysely';
import { keepTags } from './0016-look-ups.ts';

export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  await db.schema
    .createTable('floatingips')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('floating_network_id', 'text', (column) => column.notNull().references('networks.id'))
    .addColumn('floating_port_id', 'text', (column) => column.notNull())
    .addColumn('floating_ip_address', 'text', (column) => column.notNull())
    .addColumn('port_id', 'text')
    .addColumn('fixed_ip_address', 'text')
    .addColumn('router_id', 'text')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('dns_name', 'text', (column) => column.notNull())
    .addColumn('dns_domain', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('tags', 'text', (column) => column.notNull().defaultTo('[]'))
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'text', (column) => column.notNull())
    .addColumn('revision_number', 'integer', (column) => column.notNull())
    .addUniqueConstraint('floatingips_fixed', ['floating_network_id', 'port_id', 'fixed_ip_address'])
    .execute();
  for (const column of [
    'project_id',
    'port_id',
    'router_id',
    'floating_network_id',
    'floating_ip_address',
  ] as const)
    await db.schema.createIndex(`floatingips_by_${column}`).on('floatingips').column(column).execute();
  await keepTags(db, dialect, 'floatingips');
}
