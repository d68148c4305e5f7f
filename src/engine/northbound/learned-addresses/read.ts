/** What the address sets of security groups are made from. */
import type { Kysely } from 'kysely';
import type { Tables } from '../../../resources/index.ts';

export interface LearnedAddressesSource {
  /** Of the security group. */
  readonly id: string;
  /** Sort keys, without doubles. */
  readonly addresses: readonly string[];
}

/** What instances of security groups' ports took. */
export async function readLearnedAddresses(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<LearnedAddressesSource[]> {
  const groups = await db.selectFrom('security_groups').select('id').where('id', 'in', ids).execute();
  const rows = await db
    .selectFrom('port_security_groups')
    .innerJoin('learned_addresses', 'learned_addresses.port_id', 'port_security_groups.port_id')
    .select(['security_group_id', 'address'])
    .distinct()
    .where('security_group_id', 'in', ids)
    .execute();
  const byGroup = Map.groupBy(rows, ({ security_group_id }) => security_group_id);
  return groups.map(({ id }) => ({ id, addresses: (byGroup.get(id) ?? []).map(({ address }) => address) }));
}
