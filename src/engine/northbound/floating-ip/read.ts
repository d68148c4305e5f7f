/** What floating IPs are made from. */
import type { Kysely } from 'kysely';
import {
  type FloatingIpRow,
  type NetworkRow,
  ROUTER_GATEWAY,
  type Tables,
} from '../../../resources/index.ts';
import { readReach } from '../records/reaching-hosts.ts';
import type { Crossing } from './crossing.ts';

/** Ports of a router, and where the one of them leads. */
export interface WayOut {
  /** The gateway on the floating IP's network. */
  readonly gateway: string;
  /** The other gateways. */
  readonly others: readonly string[];
  /** Interfaces on the subnet of the address inside. */
  readonly inner: readonly string[];
  /** None where only a link-local one is known, or none at all. */
  readonly nextHop: string | undefined;
}

export interface FloatingIpSource {
  readonly id: string;
  readonly row: Pick<FloatingIpRow, 'floating_ip_address' | 'fixed_ip_address' | 'port_id' | 'router_id'>;
  /** MAC address of the port that has its own address. */
  readonly mac: string;
  readonly network: Pick<NetworkRow, 'id' | 'provider_physical_network' | 'provider_segmentation_id'>;
  /** Whether its router is distributed, and the host of the port that it stands for reaches the external network. */
  readonly leavesThere: boolean;
  /** The network of the port that it stands for. */
  readonly insideNetworkId: string;
  /** By which instances there reach IPv4. */
  readonly nat64Prefix: string | null;
  /** The port of its router's gateway on its network. */
  readonly gatewayPortId: string | null;
  /** Set by `withCrossings`. */
  readonly crossing?: Crossing | undefined;
  /** Set by `withWaysOut`. */
  readonly wayOut?: WayOut | undefined;
}

/**
 * Floating IPs that stand for a port.
 * @param by what the ids are of: floating IPs, ports, or routers
 */
export async function readFloatingIps(
  db: Kysely<Tables>,
  ids: readonly string[],
  by: 'floatingips.id' | 'floatingips.port_id' | 'floatingips.router_id' = 'floatingips.id',
): Promise<FloatingIpSource[]> {
  const rows = await db
    .selectFrom('floatingips')
    .innerJoin('ports as own', 'own.id', 'floating_port_id')
    .innerJoin('ports', 'ports.id', 'floatingips.port_id')
    .innerJoin('routers', 'routers.id', 'floatingips.router_id')
    .innerJoin('networks', 'networks.id', 'floating_network_id')
    .innerJoin('networks as inside', 'inside.id', 'ports.network_id')
    .leftJoin('ports as outer', (join) =>
      join
        .onRef('outer.device_id', '=', 'floatingips.router_id')
        .onRef('outer.network_id', '=', 'floating_network_id')
        .on('outer.device_owner', '=', ROUTER_GATEWAY),
    )
    .select(['floatingips.id', 'floating_ip_address', 'fixed_ip_address', 'port_id', 'router_id'])
    .select(['inside.nat64_prefix', 'outer.id as gatewayPortId', 'routers.distributed'])
    .select(['own.mac_address', 'ports.binding_host_id', 'ports.network_id'])
    .select(['floating_network_id', 'networks.provider_physical_network'])
    .select('networks.provider_segmentation_id')
    .where(by, 'in', ids)
    .orderBy('floatingips.id')
    .execute();
  if (rows.length === 0) return [];
  const isReached = await readReach(db);
  return rows.map((row) => {
    const { binding_host_id, mac_address, floating_network_id, network_id, ...others } = row;
    const { provider_physical_network, provider_segmentation_id, ...more } = others;
    const { nat64_prefix: nat64Prefix, gatewayPortId, distributed, ...rest } = more;
    const on = binding_host_id === '' ? [] : [binding_host_id];
    const leavesThere = distributed === 1 && isReached(on, provider_physical_network);
    const network = { id: floating_network_id, provider_physical_network, provider_segmentation_id };
    const known = { row: rest, mac: mac_address, network, leavesThere };
    return { id: rest.id, ...known, insideNetworkId: network_id, nat64Prefix, gatewayPortId };
  });
}

/** Those whose two addresses are of different versions of IP, by their routers. */
export const readTranslatedFloatingIps = async (
  db: Kysely<Tables>,
  routerIds: readonly string[],
): Promise<FloatingIpSource[]> =>
  (await readFloatingIps(db, routerIds, 'floatingips.router_id')).filter(
    ({ row: { floating_ip_address: floating, fixed_ip_address: fixed } }) =>
      floating.includes(':') !== (fixed ?? '').includes(':'),
  );
