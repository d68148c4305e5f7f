/** What lists need: addresses as they are written, to be looked through, and what everybody sees by an index. */
import type { Kysely } from 'kysely';
import { Address } from '../../addressing/index.ts';

interface Allocations {
  ip_allocations: { address: string; ip_address: string };
}

export async function up(db: Kysely<Allocations>): Promise<void> {
  await db.schema
    .alterTable('ip_allocations')
    .addColumn('ip_address', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
  for (let last = ''; ; ) {
    const rows = await db
      .selectFrom('ip_allocations')
      .select('address')
      .distinct()
      .where('address', '>', last)
      .orderBy('address')
      .limit(1000)
      .execute();
    for (const { address } of rows) {
      await db
        .updateTable('ip_allocations')
        .set({ ip_address: Address.fromSortKey(address).toString() })
        .where('address', '=', address)
        .execute();
    }
    const end = rows.at(-1);
    if (!end) break;
    last = end.address;
  }
  for (const column of ['shared', 'router_external'])
    await db.schema.createIndex(`networks_by_${column}`).on('networks').column(column).execute();
  await db.schema.createIndex('address_groups_by_shared').on('address_groups').column('shared').execute();
}
