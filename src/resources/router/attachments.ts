/** What a router is attached to, read from the store. */
import type { Kysely } from 'kysely';
import { Prefix } from '../../addressing/index.ts';
import type { Tx } from '../../store/store.ts';
import type { Tables } from '../../store/tables.ts';
import { routerGateway, routerInterface } from '../port/owners.ts';
import type { Attachment } from './rules.ts';

/** Every subnet on every port of the router, its external gateway's too. */
export async function attachmentsOf(db: Kysely<Tables>, routerId: string): Promise<Attachment[]> {
  const rows = await db
    .selectFrom('ports')
    .innerJoin('ip_allocations', 'ip_allocations.port_id', 'ports.id')
    .innerJoin('subnets', 'subnets.id', 'ip_allocations.subnet_id')
    .select(['ports.id as portId', 'ports.network_id as networkId', 'subnets.id as subnetId', 'subnets.cidr'])
    .where('ports.device_id', '=', routerId)
    .where('ports.device_owner', 'like', 'network:router%')
    .execute();
  return rows.map(({ cidr, ...row }) => ({ ...row, prefix: Prefix.parse(cidr) }));
}

/**
 * Marks a router as changed by a network that came, went or changed its MTU; and its ports too when it is on networks
 * of several MTUs, for then each port's plan depends on the others.
 * @param mtu of that network; of a changed one, the old
 */
export async function touchRouter(tx: Tx, routerId: string, mtu: number): Promise<void> {
  tx.touch('router', routerId);
  const ports = await tx.db
    .selectFrom('ports')
    .innerJoin('networks', 'networks.id', 'ports.network_id')
    .select(['ports.id', 'networks.mtu'])
    .where('ports.device_id', '=', routerId)
    .where('ports.device_owner', 'in', [routerInterface, routerGateway])
    .execute();
  if (ports.every((port) => port.mtu === mtu)) return;
  for (const { id } of ports) tx.touch('port', id);
}
