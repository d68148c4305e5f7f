/** What translations of routers are made from. */
import type { Kysely } from 'kysely';
import { ROUTER_GATEWAY, ROUTER_INTERFACE, type RouterRow, type Tables } from '../../../resources/index.ts';
import { readTranslatedFloatingIps } from '../floating-ip/index.ts';
import { type FixedIpRows, readFixedIps } from '../records/fixed-ips.ts';

export interface Nat64Source {
  /** Of the router. */
  readonly id: string;
  readonly router: Pick<RouterRow, 'enable_snat'>;
  /** Its first gateway's port, and the external network. */
  readonly portId: string;
  readonly networkId: string;
  /** Of that port. */
  readonly fixedIps: readonly FixedIpRows[];
  /** What it has beside that, for what is translated and leaves by them. */
  readonly others: readonly { readonly portId: string; readonly fixedIps: readonly FixedIpRows[] }[];
  /** Of the networks that it is attached to. */
  readonly prefixes: readonly string[];
  /** Whether those of IPv6 reach instances with IPv4 by it. */
  readonly hasClients: boolean;
}

/** Those routers that have a gateway, and a network behind them that is IPv6-mostly, or floating IPs of IPv6 for IPv4. */
export async function readNat64(db: Kysely<Tables>, ids: readonly string[]): Promise<Nat64Source[]> {
  const prefixes = await nat64PrefixesOf(db, ids);
  const withClients = new Set(
    (await readTranslatedFloatingIps(db, ids)).flatMap(({ row: { router_id, fixed_ip_address } }) =>
      router_id === null || fixed_ip_address?.includes(':') ? [] : router_id,
    ),
  );
  const concerned = new Set([...prefixes.keys(), ...withClients]);
  if (concerned.size === 0) return [];
  const gateways = await db
    .selectFrom('ports')
    .innerJoin('routers', 'routers.id', 'ports.device_id')
    .select(['ports.id', 'ports.network_id', 'device_id', 'enable_snat'])
    .select('gateway_port_id')
    .where('device_id', 'in', [...concerned])
    .where('device_owner', '=', ROUTER_GATEWAY)
    .orderBy('ports.id')
    .execute();
  const fixedIps = await readFixedIps(
    db,
    gateways.map(({ id }) => id),
  );
  return gateways.flatMap(
    ({ id: portId, network_id: networkId, device_id: id, gateway_port_id, ...router }) => {
      if (portId !== gateway_port_id) return [];
      const others = gateways.filter((one) => one.device_id === id && one.id !== portId);
      return {
        ...{ id, router, portId, networkId },
        fixedIps: fixedIps.get(portId) ?? [],
        others: others.map((one) => ({ portId: one.id, fixedIps: fixedIps.get(one.id) ?? [] })),
        prefixes: prefixes.get(id) ?? [],
        hasClients: withClients.has(id),
      };
    },
  );
}

/** The prefixes by which IPv4 is reached from behind routers, each once, by router; of those alone that have any. */
export async function nat64PrefixesOf(
  db: Kysely<Tables>,
  routerIds: readonly string[],
): Promise<Map<string, string[]>> {
  if (routerIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('ports')
    .innerJoin('networks', 'networks.id', 'ports.network_id')
    .select(['device_id', 'nat64_prefix'])
    .distinct()
    .where('device_id', 'in', routerIds)
    .where('device_owner', '=', ROUTER_INTERFACE)
    .where('nat64_prefix', 'is not', null)
    .orderBy('nat64_prefix')
    .execute();
  const byRouter = Map.groupBy(rows, ({ device_id }) => device_id);
  return new Map(
    Array.from(byRouter, ([id, own]) => [id, own.flatMap(({ nat64_prefix: prefix }) => prefix ?? [])]),
  );
}
