/** What is looked for by its name is found by an index, whoever asks. */
import type { Kysely } from 'kysely';

const NAMED = ['networks', 'subnets', 'ports', 'routers', 'security_groups'];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of NAMED)
    await db.schema.createIndex(`${table}_by_name`).on(table).column('name').execute();
}
