/** What a router is attached to, read from the store. */
import type { Kysely } from 'kysely';
import { Prefix } from '../../addressing/index.ts';
import type { Tables } from '../../resources/tables.ts';
import { statement } from '../../store/index.ts';
import type { RouterAddress } from './rules.ts';

const addressesOfRouter = statement((db: Kysely<Tables>, routerId: string) =>
  db
    .selectFrom('ports')
    .innerJoin('ip_allocations', 'ip_allocations.port_id', 'ports.id')
    .innerJoin('subnets', 'subnets.id', 'ip_allocations.subnet_id')
    .select(['ports.id as portId', 'ports.network_id as networkId', 'subnets.id as subnetId'])
    .select(['subnets.cidr', 'subnets.subnetpool_id as poolId'])
    .where('ports.device_id', '=', routerId)
    .where('ports.device_owner', 'like', 'network:router%'),
);

/** Every subnet on every port of the router, its external gateway's too. */
export async function routerAddressesOf(db: Kysely<Tables>, routerId: string): Promise<RouterAddress[]> {
  const rows = await addressesOfRouter.all(db, routerId);
  return rows.map(({ cidr, ...row }) => ({ ...row, prefix: Prefix.parse(cidr) }));
}
