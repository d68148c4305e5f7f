/** What becomes of floating IPs when what they stand for changes, and what they keep from being taken away. */
import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import { recordChange, timestamp } from '../repository.ts';
import type { Tables, Tx } from '../tables.ts';
import { floatingIp } from './definition.ts';

/** A floating IP that stands for nothing. */
export const UNUSED = { port_id: null, fixed_ip_address: null, router_id: null, status: 'DOWN' } as const;

/**
 * Has floating IPs stand for nothing any more, as their port goes away or loses the address.
 * @param kept addresses that the port still has; none when it is gone
 */
export async function releaseFloatingIps(
  tx: Tx,
  portId: string,
  kept: readonly string[] = [],
): Promise<void> {
  const rows = await tx.db
    .selectFrom('floatingips')
    .select(['id', 'port_id', 'fixed_ip_address'])
    .where('port_id', '=', portId)
    .execute();
  for (const { id, port_id, fixed_ip_address } of rows) {
    if (fixed_ip_address !== null && kept.includes(fixed_ip_address)) continue;
    tx.send(
      tx.db
        .updateTable('floatingips')
        .set((row) => ({
          ...UNUSED,
          updated_at: timestamp(),
          revision_number: row('revision_number', '+', 1),
        }))
        .where('id', '=', id),
    );
    recordChange(tx, floatingIp, { id, port_id }, ['port_id']);
  }
}

const usersOf = (db: Kysely<Tables>, routerId: string) =>
  db.selectFrom('floatingips').where('router_id', '=', routerId);

/** @throws RequestError 409 when a floating IP needs the router's gateway as it is */
export async function requireGatewayUnused(
  tx: Tx,
  router: { readonly id: string },
  networkId: string,
): Promise<void> {
  const user = await usersOf(tx.db, router.id).select('id').executeTakeFirst();
  if (user) throw errors.router.gatewayInUseByFloatingIp({ id: router.id, network: networkId });
}

/** @throws RequestError 409 when a floating IP stands for a port on the subnet, by this router */
export async function requireSubnetUnused(tx: Tx, routerId: string, subnetId: string): Promise<void> {
  const user = await usersOf(tx.db, routerId)
    .innerJoin('ip_allocations', (join) =>
      join
        .onRef('ip_allocations.port_id', '=', 'floatingips.port_id')
        .onRef('ip_allocations.ip_address', '=', 'floatingips.fixed_ip_address'),
    )
    .select('floatingips.id')
    .where('subnet_id', '=', subnetId)
    .executeTakeFirst();
  if (user) throw errors.router.interfaceInUseByFloatingIp({ router: routerId, subnet: subnetId });
}
