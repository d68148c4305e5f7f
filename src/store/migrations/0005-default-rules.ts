/** The rules that new security groups begin with: so far every group had these. */
import { randomUUIDv7 } from 'node:crypto';
import type { Kysely } from 'kysely';

type Seeded = Kysely<{ default_security_group_rules: Record<string, string | number | null> }>;

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('default_security_group_rules')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('direction', 'text', (column) => column.notNull())
    .addColumn('ethertype', 'text', (column) => column.notNull())
    .addColumn('protocol', 'text')
    .addColumn('port_range_min', 'integer')
    .addColumn('port_range_max', 'integer')
    .addColumn('remote_ip_prefix', 'text')
    .addColumn('remote_group_id', 'text')
    .addColumn('used_in_default_sg', 'integer', (column) => column.notNull())
    .addColumn('used_in_non_default_sg', 'integer', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'text', (column) => column.notNull())
    .addColumn('revision_number', 'integer', (column) => column.notNull())
    .addColumn('meaning', 'text', (column) => column.notNull().unique())
    .execute();
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  const rule = (direction: string, ethertype: string, remote_group_id: string | null) => ({
    id: randomUUIDv7(),
    project_id: '',
    direction,
    ethertype,
    remote_group_id,
    used_in_default_sg: 1,
    used_in_non_default_sg: direction === 'egress' ? 1 : 0,
    description: '',
    created_at: now,
    updated_at: now,
    revision_number: 1,
    meaning: [direction, ethertype, '', '', '', '', remote_group_id ?? ''].join(' '),
  });
  await (db as Seeded)
    .insertInto('default_security_group_rules')
    .values([
      rule('egress', 'IPv4', null),
      rule('egress', 'IPv6', null),
      rule('ingress', 'IPv4', 'PARENT'),
      rule('ingress', 'IPv6', 'PARENT'),
    ])
    .execute();
}
