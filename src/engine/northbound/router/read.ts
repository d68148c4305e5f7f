/** What routers are made from. */

import type { Kysely } from 'kysely';
import {
  delegationsOf,
  type PortRow,
  ROUTER_GATEWAY,
  ROUTER_INTERFACE,
  type RouterRow,
  type Tables,
} from '../../../resources/index.ts';
import { nat64PrefixesOf } from '../nat64/index.ts';
import { type FixedIpRows, readFixedIps } from '../records/fixed-ips.ts';
import { readScopes, type Scopes } from '../records/scopes.ts';

/** A port of a router. */
export interface RouterPortRows {
  readonly row: Pick<PortRow, 'id' | 'network_id' | 'device_owner'>;
  readonly fixedIps: readonly FixedIpRows[];
}

export interface RouterSource {
  readonly id: string;
  readonly row: RouterRow;
  readonly ports: readonly RouterPortRows[];
  /** Of their networks, by id. */
  readonly scopes: ReadonlyMap<string, Scopes>;
  readonly nat64Prefixes: readonly string[];
  /** Prefixes that a provider delegates to it. */
  readonly delegated: readonly string[];
}

/** Routers with their ports. */
export async function readRouters(db: Kysely<Tables>, ids: readonly string[]): Promise<RouterSource[]> {
  const rows = await db.selectFrom('routers').selectAll().where('id', 'in', ids).execute();
  const ports = await db
    .selectFrom('ports')
    .select(['id', 'network_id', 'device_id', 'device_owner'])
    .where('device_id', 'in', ids)
    .where('device_owner', 'in', [ROUTER_INTERFACE, ROUTER_GATEWAY])
    .orderBy('id')
    .execute();
  const fixedIps = await readFixedIps(
    db,
    ports.map((port) => port.id),
  );
  const scopes = await readScopes(db, [...new Set(ports.map(({ network_id }) => network_id))]);
  // Without scopes nothing needs to be let through.
  const nat64 = scopes.size === 0 ? new Map<string, string[]>() : await nat64PrefixesOf(db, ids);
  const delegated = await delegationsOf(db, ids);
  const byRouter = Map.groupBy(ports, (port) => port.device_id);
  return rows.map((row) => ({
    id: row.id,
    row,
    scopes,
    nat64Prefixes: nat64.get(row.id) ?? [],
    ports: (byRouter.get(row.id) ?? []).map((port) => ({ row: port, fixedIps: fixedIps.get(port.id) ?? [] })),
    delegated: delegated.get(row.id) ?? [],
  }));
}
