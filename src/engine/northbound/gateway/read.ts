/** What routers' gateways are made from. */
import type { Kysely } from 'kysely';
import {
  type GatewayHostRow,
  gatewayHostsOf,
  type HeardRouterRow,
  heardOn,
  ROUTER_GATEWAY,
  type RouterRow,
  type Tables,
} from '../../../resources/index.ts';
import { type FixedIpRows, readFixedIps } from '../records/fixed-ips.ts';

export interface GatewaySource {
  /** Of the router. */
  readonly id: string;
  readonly portId: string;
  readonly router: Pick<RouterRow, 'ipv6_next_hop'>;
  /** The routers that were heard on its network. */
  readonly heard: readonly HeardRouterRow[];
  /** Of the port. */
  readonly fixedIps: readonly FixedIpRows[];
  /** In the order in which they take over. */
  readonly hosts: readonly GatewayHostRow[];
}

/** The gateways of those routers that have one. */
export async function readGateways(db: Kysely<Tables>, ids: readonly string[]): Promise<GatewaySource[]> {
  const ports = await db
    .selectFrom('ports')
    .innerJoin('routers', 'routers.id', 'ports.device_id')
    .select(['ports.id', 'ports.network_id', 'device_id', 'ipv6_next_hop'])
    .where('device_id', 'in', ids)
    .where('device_owner', '=', ROUTER_GATEWAY)
    .execute();
  const fixedIps = await readFixedIps(
    db,
    ports.map(({ id }) => id),
  );
  const hosts = await gatewayHostsOf(db, ids);
  const heard = await heardOn(
    db,
    ports.map(({ network_id }) => network_id),
  );
  return ports.map(({ id: portId, device_id: id, network_id, ...router }) => ({
    ...{ id, portId, router },
    fixedIps: fixedIps.get(portId) ?? [],
    hosts: hosts.get(id) ?? [],
    heard: heard.get(network_id) ?? [],
  }));
}
