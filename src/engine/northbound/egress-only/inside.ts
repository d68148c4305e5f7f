/** What is behind routers that let in nothing but answers (`egress_only_ipv6`). */
import type { Kysely } from 'kysely';
import { Address, Prefix } from '../../../addressing/index.ts';
import {
  prefixesBehind,
  ROUTER_GATEWAY,
  ROUTER_INTERFACE,
  type RouterRow,
  type Tables,
} from '../../../resources/index.ts';

type Database = Kysely<Tables>;
type Ids = readonly string[];

/** IPv6 prefixes behind a router, as text. */
export interface InsideRows {
  /** Of its interfaces. */
  readonly subnets: readonly string[];
  /** Of its gateways: not behind it, but what static routes may lead to. */
  readonly outside: readonly string[];
  /** That instances have delegated to them, and anycast addresses. */
  readonly further: readonly string[];
  /** Its static routes, in JSON. */
  readonly routes: string;
}

/** Of those of the routers that let in nothing but answers, by router. */
export async function readInside(db: Database, routerIds: Ids): Promise<Map<string, InsideRows>> {
  if (routerIds.length === 0) return new Map();
  const routers = await db
    .selectFrom('routers')
    .select(['id', 'routes'])
    .where('egress_only_ipv6', '=', 1)
    .where('id', 'in', routerIds)
    .execute();
  if (routers.length === 0) return new Map();
  const ids = routers.map(({ id }) => id);
  const subnets = Map.groupBy(await readSubnets(db, ids), ({ device_id }) => device_id);
  const further = Map.groupBy(await prefixesBehind(db, ids), ({ id }) => id);
  return new Map(
    routers.map(({ id, routes }: Pick<RouterRow, 'id' | 'routes'>) => [
      id,
      {
        subnets: prefixesAt(subnets.get(id), ROUTER_INTERFACE),
        outside: prefixesAt(subnets.get(id), ROUTER_GATEWAY),
        further: (further.get(id) ?? []).map(({ prefix }) => `${prefix}`),
        routes,
      },
    ]),
  );
}

const prefixesAt = (
  rows: readonly { readonly device_owner: string; readonly cidr: string }[] | undefined,
  owner: string,
): string[] => (rows ?? []).filter(({ device_owner }) => device_owner === owner).map(({ cidr }) => cidr);

const readSubnets = (db: Database, routerIds: Ids) =>
  db
    .selectFrom('ports')
    .innerJoin('ip_allocations', 'ip_allocations.port_id', 'ports.id')
    .innerJoin('subnets', 'subnets.id', 'ip_allocations.subnet_id')
    .select(['device_id', 'device_owner', 'subnets.cidr'])
    .distinct()
    .where('device_id', 'in', routerIds)
    .where('device_owner', 'in', [ROUTER_INTERFACE, ROUTER_GATEWAY])
    .where('subnets.ip_version', '=', 6)
    .orderBy('subnets.cidr')
    .execute();

/** What is behind a router: its subnets, and what they lead to. */
export interface Inside {
  readonly subnets: readonly Prefix[];
  readonly beyond: readonly Prefix[];
}

/**
 * Whatever a static route leads to by somebody inside is there, too: what comes from there came past that. Next hops are
 * on one of the router's networks, and link-local ones inside.
 */
export function insideOf({ subnets, outside, further, routes }: InsideRows): Inside {
  const outer = outside.map((text) => Prefix.parse(text));
  const isInside = (nexthop: Address): boolean => !outer.some((prefix) => prefix.contains(nexthop));
  const led = (JSON.parse(routes) as { destination: string; nexthop: string }[])
    .filter(({ nexthop }) => isInside(Address.parse(nexthop)))
    .map(({ destination }) => destination);
  const beyond = new Set([...further, ...led]);
  return {
    subnets: subnets.map((text) => Prefix.parse(text)),
    beyond: Array.from(beyond, (text) => Prefix.parse(text)).filter(({ family }) => family === 6),
  };
}
