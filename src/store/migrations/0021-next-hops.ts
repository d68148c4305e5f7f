/** Next hops of routers that a network outside does not tell by its subnets. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('routers').addColumn('ipv6_next_hop', 'text').execute();
}
