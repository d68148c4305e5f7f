/**
 * The addresses of address groups in the store: a row each, so that a change costs as much as it changes, however
 * many there are.
 */
import { type Kysely, sql } from 'kysely';
import { statement } from '../../store/index.ts';
import { slices } from '../repository.ts';
import type { Tables, Tx } from '../tables.ts';

// They come by the index, in its order: an aggregate that is told to sort takes four times as long on SQLite.
const textsOf = statement((db: Kysely<Tables>, groupIds: readonly string[]) =>
  db
    .selectFrom('address_groups')
    .select([
      'id',
      sql<string | null>`(
        select string_agg(address, ' ') from (
          select address from address_group_addresses
          where address_group_id = address_groups.id order by address
        ) as ordered
      )`.as('addresses'),
    ])
    .where('id', 'in', groupIds),
);

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
    for (const { id, addresses } of await textsOf.all(db, ids))
      if (addresses !== null) result.set(id, addresses.split(' '));
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

const membersAmong = statement((db: Kysely<Tables>, groupId: string, addresses: readonly string[]) =>
  db
    .selectFrom('address_groups')
    .leftJoin('address_group_addresses as member', (join) =>
      join.onRef('member.address_group_id', '=', 'address_groups.id').on('member.address', 'in', addresses),
    )
    .select('member.address')
    .where('address_groups.id', '=', groupId),
);

/** Those of `addresses` that a group has; undefined when there is no such group. */
export async function presentInGroup(
  db: Kysely<Tables>,
  groupId: string,
  addresses: readonly string[],
): Promise<Set<string> | undefined> {
  const found = await membersAmong.all(db, groupId, addresses);
  return found.length === 0 ? undefined : new Set(found.flatMap(({ address }) => address ?? []));
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
