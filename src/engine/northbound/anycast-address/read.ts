/** What anycast addresses are made from. */

import type { Kysely } from 'kysely';
import {
  type AnycastAddressRow,
  type AnycastMember,
  readMembers,
  type Tables,
} from '../../../resources/index.ts';

export interface AnycastAddressSource {
  readonly id: string;
  readonly row: Pick<AnycastAddressRow, 'id' | 'router_id' | 'address'>;
  readonly members: readonly AnycastMember[];
}

/** Anycast addresses with the ports that serve them. */
export async function readAnycastAddresses(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<AnycastAddressSource[]> {
  const rows = await db
    .selectFrom('anycast_addresses')
    .select(['id', 'router_id', 'address'])
    .where('id', 'in', ids)
    .execute();
  const members = await readMembers(db, ids);
  return rows.map((row) => ({ id: row.id, row, members: members.get(row.id) ?? [] }));
}
