/** Prefixes that ports have from subnet pools. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('pool_delegations')
    .addColumn('subnetpool_id', 'text', (column) => column.notNull().references('subnetpools.id'))
    .addColumn('prefix', 'text', (column) => column.notNull())
    .addColumn('port_id', 'text', (column) => column.notNull().references('ports.id'))
    .addPrimaryKeyConstraint('pool_delegations_pk', ['subnetpool_id', 'prefix'])
    .execute();
  await db.schema.createIndex('pool_delegations_by_port').on('pool_delegations').column('port_id').execute();
}
