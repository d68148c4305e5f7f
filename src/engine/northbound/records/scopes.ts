/** The address scopes of networks: routers and floating IPs keep to them. */
import type { Kysely } from 'kysely';
import type { Family } from '../../../addressing/index.ts';
import type { Tables } from '../../../resources/index.ts';

/** The scope of a network's subnets, by IP version; null for those that are of none. */
export type Scopes = Readonly<Record<Family, string | null>>;

export const NO_SCOPES: Scopes = { 4: null, 6: null };

/** The scopes of those networks that have any. */
export async function readScopes(
  db: Kysely<Tables>,
  networkIds: readonly string[],
): Promise<Map<string, Scopes>> {
  if (networkIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('subnets')
    .innerJoin('subnetpools', 'subnetpools.id', 'subnetpool_id')
    .select(['network_id', 'subnets.ip_version', 'address_scope_id'])
    .distinct()
    .where('network_id', 'in', networkIds)
    .where('address_scope_id', 'is not', null)
    .execute();
  const byNetwork = Map.groupBy(rows, ({ network_id }) => network_id);
  return new Map(
    Array.from(byNetwork, ([id, own]) => {
      const scopeOf = (family: Family) =>
        own.find(({ ip_version }) => ip_version === family)?.address_scope_id ?? null;
      return [id, { 4: scopeOf(4), 6: scopeOf(6) }];
    }),
  );
}
