/** Networks that carry frames with tags of their instances' own. */
import type { Kysely } from 'kysely';

export const up = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .alterTable('networks')
    .addColumn('vlan_transparent', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
