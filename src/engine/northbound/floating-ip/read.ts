/** What floating IPs are made from. */
import type { Kysely } from 'kysely';
import { type FloatingIpRow, physicalNetworksOf, type Tables } from '../../../resources/index.ts';

export interface FloatingIpSource {
  readonly id: string;
  readonly row: Pick<FloatingIpRow, 'floating_ip_address' | 'fixed_ip_address' | 'port_id' | 'router_id'>;
  /** MAC address of the port that has its own address. */
  readonly mac: string;
  /** Whether the host of the port that it stands for reaches the external network, wherever that is. */
  readonly isReachedThere: boolean;
}

/** Those of the floating IPs that stand for a port. */
export async function readFloatingIps(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<FloatingIpSource[]> {
  const rows = await db
    .selectFrom('floatingips')
    .innerJoin('ports as own', 'own.id', 'floating_port_id')
    .innerJoin('ports', 'ports.id', 'floatingips.port_id')
    .innerJoin('networks', 'networks.id', 'floating_network_id')
    .select(['floatingips.id', 'floating_ip_address', 'fixed_ip_address', 'port_id', 'router_id'])
    .select(['own.mac_address', 'ports.binding_host_id', 'provider_physical_network'])
    .where('floatingips.id', 'in', ids)
    .execute();
  if (rows.length === 0) return [];
  const agents = await db.selectFrom('agents').select(['host', 'chassis', 'configurations']).execute();
  const hosts = agents.map(({ host, chassis, configurations }) => ({
    names: [host, chassis],
    reaches: physicalNetworksOf(configurations),
  }));
  return rows.map(({ id, mac_address: mac, binding_host_id, provider_physical_network, ...row }) => {
    const possible =
      binding_host_id === '' ? hosts : hosts.filter(({ names }) => names.includes(binding_host_id));
    const isReachedThere =
      provider_physical_network !== null &&
      possible.length > 0 &&
      possible.every(({ reaches }) => reaches.includes(provider_physical_network));
    return { id, row, mac, isReachedThere };
  });
}
