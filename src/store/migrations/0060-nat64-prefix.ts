/** Networks whose instances reach IPv4 by IPv6 alone. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('networks').addColumn('nat64_prefix', 'text').execute();
}
