/** DNS domains of ports. */
import type { Kysely } from 'kysely';

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .alterTable('ports')
    .addColumn('dns_domain', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
