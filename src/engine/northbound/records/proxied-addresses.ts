/** The addresses of instances that routers answer for outside (NDP proxy, RFC 4389). */
import type { Kysely } from 'kysely';
import type { Tables } from '../../../resources/index.ts';
import { valuesBy } from './values-by.ts';

/** Those of routers that are to, in their order as text, by router. */
export async function readProxied(
  db: Kysely<Tables>,
  routerIds: readonly string[],
): Promise<Map<string, string[]>> {
  if (routerIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('ndp_proxies')
    .innerJoin('routers', 'routers.id', 'router_id')
    .select(['router_id', 'ip_address'])
    .distinct()
    .where('router_id', 'in', routerIds)
    .where('enable_ndp_proxy', '=', 1)
    .orderBy('ip_address')
    .execute();
  return valuesBy(
    rows,
    ({ router_id }) => router_id,
    ({ ip_address }) => ip_address ?? [],
  );
}
