/**
 * The addresses of address groups in the store: a row each, so that a change costs as much as it changes, however
 * many there are.
 */
import { type Kysely, sql } from 'kysely';
import { slices } from '../repository.ts';
import type { Tables, Tx } from '../tables.ts';

/**
 * The addresses of some groups, in text order, by group. The database puts those of a group into one text: tens of
 * thousands of rows would cost several times as much to fetch as they cost to find.
 */
export async function addressesOfGroups(
  db: Kysely<Tables>,
  groupIds: readonly string[],
): Promise<Map<string, string[]>> {
  const result = new Map<string, string[]>(groupIds.map((id) => [id, []]));
  for (const ids of slices(groupIds)) {
    const rows = await db
      .selectFrom('address_group_addresses')
      .select(['address_group_id', sql<string>`string_agg(address, ' ' order by address)`.as('addresses')])
      .where('address_group_id', 'in', ids)
      .groupBy('address_group_id')
      .execute();
    for (const { address_group_id, addresses } of rows) result.set(address_group_id, addresses.split(' '));
  }
  return result;
}

/** Those of `addresses` that a group has. */
export async function present(tx: Tx, groupId: string, addresses: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const slice of slices(addresses)) {
    const rows = await tx.db
      .selectFrom('address_group_addresses')
      .select('address')
      .where('address_group_id', '=', groupId)
      .where('address', 'in', slice)
      .execute();
    for (const { address } of rows) found.add(address);
  }
  return found;
}

export async function insertAddresses(tx: Tx, groupId: string, addresses: readonly string[]): Promise<void> {
  for (const slice of slices(addresses)) {
    await tx.db
      .insertInto('address_group_addresses')
      .values(slice.map((address) => ({ address_group_id: groupId, address })))
      .execute();
  }
}

export async function deleteAddresses(tx: Tx, groupId: string, addresses: readonly string[]): Promise<void> {
  for (const slice of slices(addresses)) {
    await tx.db
      .deleteFrom('address_group_addresses')
      .where('address_group_id', '=', groupId)
      .where('address', 'in', slice)
      .execute();
  }
}
