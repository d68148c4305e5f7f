/** Where floating IPs come from: the subnets of external networks, as Neutron's `floatingip-pools` have them. */
import type { Kysely } from 'kysely';
import type { Context } from '../context.ts';
import { FLOATING_IP } from '../port/owners.ts';
import type { Values } from '../repository.ts';
import { sharedWith } from '../sharing.ts';
import { UNDELEGATED_CIDR } from '../subnet/undelegated.ts';
import type { Tables } from '../tables.ts';

/** Whether a subnet that is for some kinds of ports alone, if it says so, is for floating IPs. */
function servesFloatingIps(serviceTypes: string): boolean {
  const types = JSON.parse(serviceTypes) as string[];
  return types.length === 0 || types.some((type) => type !== '' && FLOATING_IP.startsWith(type));
}

/**
 * The subnets that the caller may have floating IPs of, in the order of their ids: those of external networks that are
 * its own or shared with it. Of the subnets it need see none.
 */
export async function floatingIpPools(
  db: Kysely<Tables>,
  { projectId, isAdmin }: Pick<Context, 'projectId' | 'isAdmin'>,
): Promise<Values[]> {
  const all = db
    .selectFrom('subnets')
    .innerJoin('networks', 'networks.id', 'subnets.network_id')
    .select(['subnets.id', 'subnets.name', 'subnets.cidr', 'subnets.network_id', 'subnets.service_types'])
    .where('networks.router_external', '=', 1)
    .where('subnets.cidr', '!=', UNDELEGATED_CIDR)
    .orderBy('subnets.id');
  const rows = await (isAdmin
    ? all
    : all.where((builder) =>
        builder.or([
          builder('networks.project_id', '=', projectId),
          builder('networks.id', 'in', sharedWith(builder, 'network', projectId)),
        ]),
      )
  ).execute();
  return rows
    .filter(({ service_types }) => servesFloatingIps(service_types))
    .map(({ id, name, cidr, network_id }) => ({
      subnet_id: id,
      subnet_name: name,
      network_id,
      cidr,
      tenant_id: projectId,
      project_id: projectId,
    }));
}
