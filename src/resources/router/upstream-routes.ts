/** What the routers outside must lead to a router: the way back of what its tenants send. */
import type { Kysely } from 'kysely';
import { Address, isPrivateUse, linkLocalAddress, Mac, Prefix } from '../../addressing/index.ts';
import { asKnownOutside, type TranslatedPrefixes } from '../nptv6-translation/rules.ts';
import { translationsOf } from '../nptv6-translation/translations.ts';
import { ROUTER_GATEWAY, ROUTER_INTERFACE } from '../port/owners.ts';
import { slices } from '../repository.ts';
import { isUndelegated } from '../subnet/undelegated.ts';
import type { RouterRow, Tables } from '../tables.ts';
import type { RouterGateway } from './gateways.ts';

/** A route that is needed outside. */
export interface UpstreamRoute {
  readonly destination: string;
  readonly nexthop: string;
}

/** A route that a project gives its router. */
interface StaticRoute {
  readonly destination: Prefix;
  readonly nexthop: Address;
}

/**
 * Whether what a static route leads to is behind the router: lets its sources out, and is to be led back to it. Projects
 * give routes as they like, and what is for private use is as good as any; what is not may be others', and is behind
 * when an administrator delegates it to a port. Pure.
 * @param inside prefixes of the router's interfaces
 */
export const leadsBehind = ({ destination, nexthop }: StaticRoute, inside: readonly Prefix[]): boolean =>
  isPrivateUse(destination) && (nexthop.isLinkLocal || inside.some((prefix) => prefix.contains(nexthop)));

/** What of a router with a gateway is known. */
export interface RouterReach {
  /** Of its gateway port. */
  readonly mac: Mac;
  /** Of its gateway port. */
  readonly outside: readonly Address[];
  /** Of its interfaces. */
  readonly inside: readonly Prefix[];
  /** That instances have delegated to them, or that anycast addresses are. */
  readonly further: readonly Prefix[];
  readonly staticRoutes: readonly StaticRoute[];
  /** What of it is known outside by another prefix. */
  readonly translated: readonly TranslatedPrefixes[];
  /** IPv4 from inside comes with the router's own address. */
  readonly enableSnat: boolean;
}

/**
 * Each prefix behind the router once, with the address by which the router is reached: one of the external subnets, or
 * for IPv6 the link-local one that it always has. Pure.
 */
export function upstreamRoutes(reach: RouterReach): UpstreamRoute[] {
  const { mac, outside, inside, further, staticRoutes, translated, enableSnat } = reach;
  const nexthops = {
    4: outside.find(({ family }) => family === 4),
    6: outside.find(({ family }) => family === 6) ?? linkLocalAddress(mac),
  };
  const behind = staticRoutes
    .filter((route) => leadsBehind(route, inside))
    .map(({ destination }) => destination);
  const destinations = asKnownOutside([...inside, ...further, ...behind], translated).filter(
    ({ family }) => family === 6 || !enableSnat,
  );
  const texts = new Map(destinations.map((prefix) => [`${prefix}`, prefix]));
  return Array.from(texts, ([destination, { family }]) => ({ destination, nexthop: nexthops[family] }))
    .filter(({ nexthop }) => nexthop !== undefined)
    .map(({ destination, nexthop }) => ({ destination, nexthop: `${nexthop}` }));
}

type Database = Kysely<Tables>;
type Ids = readonly string[];

/**
 * The routes that each of these routers needs outside, by router.
 * @param gateways of each router, the first first: what is behind it must be led to each of them
 */
export async function upstreamRoutesOf(
  db: Database,
  rows: readonly RouterRow[],
  gateways: ReadonlyMap<string, readonly RouterGateway[]>,
): Promise<Map<string, UpstreamRoute[]>> {
  const routes = new Map<string, UpstreamRoute[]>();
  for (const slice of slices(rows)) {
    const ids = slice.map(({ id }) => id);
    const ports = Map.groupBy(await portsOf(db, ids), ({ device_id }) => device_id);
    const further = Map.groupBy(await prefixesBehind(db, ids), ({ id }) => id);
    const translations = await translationsOf(db, ids);
    for (const row of slice) {
      const own = ports.get(row.id) ?? [];
      const known = {
        inside: own.flatMap(({ device_owner, cidr }) =>
          device_owner === ROUTER_INTERFACE && cidr !== null && !isUndelegated({ cidr })
            ? Prefix.parse(cidr)
            : [],
        ),
        further: (further.get(row.id) ?? []).map(({ prefix }) => prefix),
        staticRoutes: (JSON.parse(row.routes) as UpstreamRoute[]).map(({ destination, nexthop }) => ({
          destination: Prefix.parse(destination),
          nexthop: Address.parse(nexthop),
        })),
        translated: translations.get(row.id) ?? [],
        enableSnat: row.enable_snat === 1,
      };
      const toEach = (gateways.get(row.id) ?? []).flatMap(({ portId }) => {
        const outer = own.filter(({ id }) => id === portId);
        const mac = outer[0]?.mac_address;
        if (mac === undefined) return [];
        const outside = outer.flatMap(({ address }) =>
          address === null ? [] : Address.fromSortKey(address),
        );
        return upstreamRoutes({ ...known, mac: Mac.parse(mac), outside });
      });
      routes.set(row.id, toEach);
    }
  }
  return routes;
}

/** Their ports, once for each address; one without addresses is there too. */
const portsOf = (db: Database, routerIds: Ids) =>
  db
    .selectFrom('ports')
    .leftJoin('ip_allocations', 'ip_allocations.port_id', 'ports.id')
    .leftJoin('subnets', 'subnets.id', 'ip_allocations.subnet_id')
    .select(['ports.id', 'device_id', 'device_owner', 'mac_address'])
    .select(['ip_allocations.address', 'subnets.cidr'])
    .where('device_id', 'in', routerIds)
    .where('device_owner', 'in', [ROUTER_INTERFACE, ROUTER_GATEWAY])
    .orderBy('ports.id')
    .orderBy('position')
    .execute();

/** A prefix that is behind a router, of no subnet. */
interface Behind {
  /** Of the router. */
  readonly id: string;
  readonly prefix: Prefix;
}

/** What instances behind the routers have delegated to them, and their anycast addresses. */
export const prefixesBehind = async (db: Database, routerIds: Ids): Promise<Behind[]> => [
  ...(await delegatedTo(db, routerIds)),
  ...(await anycastOf(db, routerIds)),
];

/** Prefixes that instances on networks of the routers' own projects have: routers lead to those alone. */
async function delegatedTo(db: Database, routerIds: Ids): Promise<Behind[]> {
  const rows = await db
    .selectFrom('ports as interfaces')
    .innerJoin('routers', 'routers.id', 'interfaces.device_id')
    .innerJoin('networks', 'networks.id', 'interfaces.network_id')
    .innerJoin('ports', 'ports.network_id', 'networks.id')
    .select(['routers.id', 'ports.delegated_prefixes'])
    .where('interfaces.device_id', 'in', routerIds)
    .where('interfaces.device_owner', '=', ROUTER_INTERFACE)
    .whereRef('routers.project_id', '=', 'networks.project_id')
    .where('ports.delegated_prefixes', '!=', '[]')
    .orderBy('ports.id')
    .execute();
  return rows.flatMap(({ id, delegated_prefixes }) =>
    (JSON.parse(delegated_prefixes) as string[]).map((prefix) => ({ id, prefix: Prefix.parse(prefix) })),
  );
}

async function anycastOf(db: Database, routerIds: Ids): Promise<Behind[]> {
  const rows = await db
    .selectFrom('anycast_addresses')
    .select(['router_id as id', 'address'])
    .where('router_id', 'in', routerIds)
    .orderBy('address')
    .execute();
  return rows.map(({ id, address }) => ({ id, prefix: Prefix.parse(`${address}/128`) }));
}
