/** How many addresses networks have to give, and have given. */
import type { Kysely } from 'kysely';
import { Address, AddressRange, Prefix } from '../../addressing/index.ts';
import { slices, type Values } from '../repository.ts';
import type { Tables } from '../tables.ts';

/** Of one subnet; IPv6 has more addresses than a number can tell apart. */
interface SubnetAvailability extends Values {
  readonly ip_version: number;
  readonly total_ips: bigint;
  readonly used_ips: number;
}

/** The addresses of a subnet's allocation pools; without any, all that its prefix has. */
function sizeOfPools(cidr: string, pools: string): bigint {
  const ranges = JSON.parse(pools) as { start: string; end: string }[];
  if (ranges.length === 0) return Prefix.parse(cidr).size;
  return ranges.reduce(
    (sum, { start, end }) => sum + AddressRange.of(Address.parse(start), Address.parse(end)).size,
    0n,
  );
}

/**
 * Each network with its subnets, as Neutron's `network-ip-availabilities` has them.
 * @param about a network alone; all of them when left out
 * @param family subnets of this IP version alone
 */
export async function ipAvailability(db: Kysely<Tables>, about?: string, family?: string): Promise<Values[]> {
  const all = db.selectFrom('networks').select(['id', 'name', 'project_id']).orderBy('id');
  const networks = await (about === undefined ? all : all.where('id', '=', about)).execute();
  const subnets = new Map<string, SubnetAvailability[]>();
  for (const ids of slices(networks.map(({ id }) => id))) {
    const rows = await db
      .selectFrom('subnets')
      .select(['id', 'network_id', 'name', 'cidr', 'ip_version', 'allocation_pools'])
      .select(({ selectFrom, fn }) =>
        selectFrom('ip_allocations')
          .whereRef('ip_allocations.subnet_id', '=', 'subnets.id')
          .select(fn.countAll().as('used'))
          .as('used'),
      )
      .where('network_id', 'in', ids)
      .orderBy('id')
      .execute();
    for (const [networkId, own] of Map.groupBy(rows, ({ network_id }) => network_id))
      subnets.set(
        networkId,
        own
          .filter(({ ip_version }) => family === undefined || String(ip_version) === family)
          .map(({ id, name, cidr, ip_version, allocation_pools, used }) => ({
            subnet_id: id,
            subnet_name: name,
            cidr,
            ip_version,
            total_ips: sizeOfPools(cidr, allocation_pools),
            used_ips: Number(used),
          })),
      );
  }
  return networks.map(({ id, name, project_id }) => {
    const own = subnets.get(id) ?? [];
    return {
      network_id: id,
      network_name: name,
      project_id,
      tenant_id: project_id,
      total_ips: own.reduce((sum, { total_ips }) => sum + total_ips, 0n),
      used_ips: own.reduce((sum, { used_ips }) => sum + used_ips, 0),
      subnet_ip_availability: own,
    };
  });
}
