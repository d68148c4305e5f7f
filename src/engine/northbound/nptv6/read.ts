/** What network prefix translations of routers are made from. */
import type { Kysely } from 'kysely';
import {
  ROUTER_GATEWAY,
  ROUTER_INTERFACE,
  type RouterTranslation,
  type Tables,
  translationsOf,
} from '../../../resources/index.ts';
import { readFloatingIps } from '../floating-ip/index.ts';
import { nat64PrefixesOf } from '../nat64/index.ts';
import { type FixedIpRows, readFixedIps } from '../records/fixed-ips.ts';
import { readProxied } from '../records/proxied-addresses.ts';
import { valuesBy } from '../records/values-by.ts';

/** A port of a router. */
export interface Nptv6Port {
  readonly id: string;
  readonly fixedIps: readonly FixedIpRows[];
}

export interface Nptv6Source {
  /** Of the router. */
  readonly id: string;
  readonly translations: readonly RouterTranslation[];
  readonly gateway: Nptv6Port;
  readonly interfaces: readonly Nptv6Port[];
  /** Prefixes by which IPv4 is reached. */
  readonly nat64Prefixes: readonly string[];
  /** Addresses of instances that are known outside otherwise: by a floating IP, or as what they are. */
  readonly exempted: readonly string[];
}

/** Those routers that translate. */
export async function readNptv6(db: Kysely<Tables>, ids: readonly string[]): Promise<Nptv6Source[]> {
  const translations = await translationsOf(db, ids);
  const routers = [...translations.keys()];
  if (routers.length === 0) return [];
  const ports = await db
    .selectFrom('ports')
    .select(['id', 'device_id', 'device_owner'])
    .where('device_id', 'in', routers)
    .where('device_owner', 'in', [ROUTER_INTERFACE, ROUTER_GATEWAY])
    .orderBy('id')
    .execute();
  const fixedIps = await readFixedIps(
    db,
    ports.map(({ id }) => id),
  );
  const nat64Prefixes = await nat64PrefixesOf(db, routers);
  const exempted = await readExempted(db, routers);
  return Array.from(translations, ([id, own]) => {
    const portsWith = (owner: string) =>
      ports
        .filter(({ device_id, device_owner }) => device_id === id && device_owner === owner)
        .map((port) => ({ id: port.id, fixedIps: fixedIps.get(port.id) ?? [] }));
    const [gateway] = portsWith(ROUTER_GATEWAY);
    return gateway === undefined
      ? []
      : {
          ...{ id, translations: own, gateway, interfaces: portsWith(ROUTER_INTERFACE) },
          nat64Prefixes: nat64Prefixes.get(id) ?? [],
          exempted: (exempted.get(id) ?? []).toSorted(),
        };
  }).flat();
}

/** By router. */
async function readExempted(
  db: Kysely<Tables>,
  routerIds: readonly string[],
): Promise<Map<string, string[]>> {
  const floating = (await readFloatingIps(db, routerIds, 'floatingips.router_id')).flatMap(
    ({ row: { router_id, floating_ip_address, fixed_ip_address } }) =>
      router_id !== null && fixed_ip_address?.includes(':') && floating_ip_address.includes(':')
        ? { router: router_id, address: fixed_ip_address }
        : [],
  );
  const proxied = await readProxied(db, routerIds);
  const floatingOf = valuesBy(
    floating,
    ({ router }) => router,
    ({ address }) => address,
  );
  return new Map(routerIds.map((id) => [id, [...(floatingOf.get(id) ?? []), ...(proxied.get(id) ?? [])]]));
}
