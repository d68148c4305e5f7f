/** What routers' gateways are made from. */
import type { Kysely } from 'kysely';
import {
  type GatewayHostRow,
  gatewayHostsOf,
  gatewaysByRouter,
  type HeardRouterRow,
  heardOn,
  type RouterGateway,
  type RouterRow,
  type Tables,
} from '../../../resources/index.ts';
import { type FixedIpRows, readFixedIps } from '../records/fixed-ips.ts';

/** One gateway of a router. */
export interface OneGatewaySource extends RouterGateway {
  /** The routers that were heard on its network. */
  readonly heard: readonly HeardRouterRow[];
  /** Of the port. */
  readonly fixedIps: readonly FixedIpRows[];
  /** In the order in which they take over. */
  readonly hosts: readonly GatewayHostRow[];
}

export interface GatewaySource {
  /** Of the router. */
  readonly id: string;
  readonly router: Pick<RouterRow, 'ipv6_next_hop' | 'enable_default_route_ecmp'>;
  /** The first first. */
  readonly gateways: readonly OneGatewaySource[];
}

/** The gateways of those routers that have any. */
export async function readGateways(db: Kysely<Tables>, ids: readonly string[]): Promise<GatewaySource[]> {
  const gateways = await gatewaysByRouter(db, ids);
  const all = [...gateways.values()].flat();
  if (all.length === 0) return [];
  const routers = await db
    .selectFrom('routers')
    .select(['id', 'ipv6_next_hop', 'enable_default_route_ecmp'])
    .where('id', 'in', [...gateways.keys()])
    .execute();
  const ports = all.map(({ portId }) => portId);
  const fixedIps = await readFixedIps(db, ports);
  const hosts = await gatewayHostsOf(db, ports);
  const heard = await heardOn(
    db,
    all.map(({ networkId }) => networkId),
  );
  return routers.map(({ id, ...router }) => ({
    ...{ id, router },
    gateways: (gateways.get(id) ?? []).map((gateway) => ({
      ...gateway,
      fixedIps: fixedIps.get(gateway.portId) ?? [],
      hosts: hosts.get(gateway.portId) ?? [],
      heard: heard.get(gateway.networkId) ?? [],
    })),
  }));
}
