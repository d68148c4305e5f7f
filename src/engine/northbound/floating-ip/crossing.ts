/** Floating IPs whose two addresses are of different address scopes. */
import type { Kysely } from 'kysely';
import { ROUTER_GATEWAY, ROUTER_INTERFACE, type Tables } from '../../../resources/index.ts';
import { readScopes } from '../records/scopes.ts';
import type { FloatingIpSource } from './read.ts';

/** Tells those that lead from one scope to another by which ports of their routers. */
export async function withCrossings(
  db: Kysely<Tables>,
  sources: readonly FloatingIpSource[],
): Promise<FloatingIpSource[]> {
  const networks = sources.flatMap(({ network, insideNetworkId }) => [network.id, insideNetworkId]);
  const scopes = await readScopes(db, [...new Set(networks)]);
  const crossing = sources.filter(({ row, network, insideNetworkId }) => {
    const family = row.floating_ip_address.includes(':') ? 6 : 4;
    const scopeOn = (id: string): string | null => scopes.get(id)?.[family] ?? null;
    return scopeOn(network.id) !== scopeOn(insideNetworkId);
  });
  if (crossing.length === 0) return [...sources];
  const ports = await db
    .selectFrom('ports')
    .select(['id', 'network_id', 'device_id', 'device_owner'])
    .where('device_id', 'in', [...new Set(crossing.map(({ row }) => row.router_id ?? ''))])
    .where('device_owner', 'in', [ROUTER_GATEWAY, ROUTER_INTERFACE])
    .orderBy('id')
    .execute();
  return sources.map((source) => {
    if (!crossing.includes(source)) return source;
    const own = ports.filter(({ device_id }) => device_id === source.row.router_id);
    const outer = own.find(({ device_owner }) => device_owner === ROUTER_GATEWAY)?.id;
    const inner = own
      .filter((port) => port.device_owner === ROUTER_INTERFACE && port.network_id === source.insideNetworkId)
      .map(({ id }) => id);
    return outer === undefined ? source : { ...source, crossing: { outer, inner } };
  });
}
