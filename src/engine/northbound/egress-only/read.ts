/** What routers that let in nothing but answers are made from. */
import type { Kysely } from 'kysely';
import { gatewaysByRouter, type Tables } from '../../../resources/index.ts';
import { readFloatingIps } from '../floating-ip/index.ts';
import { valuesBy } from '../records/values-by.ts';
import { type InsideRows, readInside } from './inside.ts';

export interface EgressOnlySource {
  /** Of the router. */
  readonly id: string;
  readonly inside: InsideRows;
  /** Its ports outside. */
  readonly gateways: readonly string[];
  /** IPv6 addresses of instances that are known outside by a floating IP. */
  readonly exposed: readonly string[];
}

/** Those of the routers. */
export async function readEgressOnly(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<EgressOnlySource[]> {
  const inside = await readInside(db, ids);
  const routers = [...inside.keys()];
  if (routers.length === 0) return [];
  const gateways = await gatewaysByRouter(db, routers);
  const exposed = valuesBy(
    await readFloatingIps(db, routers, 'floatingips.router_id'),
    ({ row }) => row.router_id ?? '',
    ({ row }) => (row.fixed_ip_address?.includes(':') ? row.fixed_ip_address : []),
  );
  return Array.from(inside, ([id, rows]) => ({
    ...{ id, inside: rows },
    gateways: (gateways.get(id) ?? []).map(({ portId }) => portId),
    exposed: (exposed.get(id) ?? []).toSorted(),
  }));
}
