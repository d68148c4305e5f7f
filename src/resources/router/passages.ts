/** How routers' gateways are reached: the hosts that they are on, what leads out, and what must lead back. */
import type { Kysely } from 'kysely';
import { slices } from '../repository.ts';
import type { RouterRow, Tables } from '../tables.ts';
import type { Router } from './definition.ts';
import { gatewayHostsOf } from './gateway-hosts.ts';
import type { RouterGateway } from './gateways.ts';
import { heardOn } from './heard-routers.ts';
import { nextHopsOf } from './next-hops.ts';
import { upstreamRoutesOf } from './upstream-routes.ts';

type Database = Kysely<Tables>;

/** What the API says of it. Which network it is about is said where a router has several gateways. */
export type Passage = Pick<Router, 'gateway_hosts' | 'next_hops' | 'upstream_routes'>;

export const NO_PASSAGE: Passage = { gateway_hosts: [], next_hops: [], upstream_routes: [] };

/**
 * The passages of routers, by router.
 * @param gateways of each router, the first first
 */
export async function passagesOf(
  db: Database,
  rows: readonly RouterRow[],
  gateways: ReadonlyMap<string, readonly RouterGateway[]>,
): Promise<Map<string, Passage>> {
  const all = [...gateways.values()].flat();
  const hosts = await gatewayHostsOf(
    db,
    all.map(({ portId }) => portId),
  );
  const routes = await upstreamRoutesOf(db, rows, gateways);
  const heard = await heardOn(
    db,
    all.map(({ networkId }) => networkId),
  );
  const outer = await outerGatewaysOf(
    db,
    all.map(({ portId }) => portId),
  );
  const passageOf = (row: RouterRow): Passage => {
    const own = gateways.get(row.id) ?? [];
    const about = ({ networkId }: RouterGateway) => (own.length > 1 ? { network_id: networkId } : {});
    const leading = row.enable_default_route_ecmp === 1 ? own : own.slice(0, 1);
    return {
      gateway_hosts: own.flatMap((gateway) =>
        (hosts.get(gateway.portId) ?? []).map(({ host, reason }) => ({ host, reason, ...about(gateway) })),
      ),
      next_hops: leading.flatMap((gateway) =>
        nextHopsOf({
          // It means the link of the first.
          given: gateway === own[0] ? row.ipv6_next_hop : null,
          gateways: (outer.get(gateway.portId) ?? []).map(({ gateway_ip }) => gateway_ip ?? ''),
          heard: heard.get(gateway.networkId) ?? [],
          chassis: (hosts.get(gateway.portId) ?? []).map(({ chassis }) => chassis),
        }).map((hop) => ({ ...hop, ...about(gateway) })),
      ),
      upstream_routes: routes.get(row.id) ?? [],
    };
  };
  return new Map(rows.map((row) => [row.id, passageOf(row)]));
}

/** The gateways of the external subnets that gateway ports have addresses of, by port. */
async function outerGatewaysOf(db: Database, portIds: readonly string[]) {
  const found: { port_id: string; gateway_ip: string | null }[] = [];
  for (const ids of slices(portIds)) {
    found.push(
      ...(await db
        .selectFrom('ip_allocations')
        .innerJoin('subnets', 'subnets.id', 'ip_allocations.subnet_id')
        .select(['port_id', 'gateway_ip'])
        .where('port_id', 'in', ids)
        .where('gateway_ip', 'is not', null)
        .orderBy('position')
        .execute()),
    );
  }
  return Map.groupBy(found, ({ port_id }) => port_id);
}
