/** Subnets whose instances had rather ask for a prefix of their own (RFC 9762). */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('subnets')
    .addColumn('ra_prefer_delegation', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
}
