/** What address groups are made from. */

import type { Kysely } from 'kysely';
import { addressesOfGroups, type Tables } from '../../../resources/index.ts';

export interface AddressGroupSource {
  readonly id: string;
  /** With their prefix lengths. */
  readonly addresses: readonly string[];
}

/** Address groups with what is in them. */
export async function readAddressGroups(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<AddressGroupSource[]> {
  const rows = await db.selectFrom('address_groups').select('id').where('id', 'in', ids).execute();
  const addresses = await addressesOfGroups(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map(({ id }) => ({ id, addresses: addresses.get(id) ?? [] }));
}
