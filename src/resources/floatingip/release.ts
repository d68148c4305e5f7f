/** What becomes of floating IPs when what they stand for changes, and what they keep from being taken away. */
import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import { port } from '../port/definition.ts';
import { recordChange, timestamp } from '../repository.ts';
import type { Tables, Tx } from '../tables.ts';
import { type FloatingIp, floatingIp } from './definition.ts';

/** A floating IP that stands for nothing. */
export const UNUSED = { port_id: null, fixed_ip_address: null, router_id: null, status: 'DOWN' } as const;

/** Writes what a floating IP is from now on, whoever had it changed. */
function change(tx: Tx, id: string, columns: Partial<typeof UNUSED>): void {
  tx.send(
    tx.db
      .updateTable('floatingips')
      .set((row) => ({
        ...columns,
        updated_at: timestamp(),
        revision_number: row('revision_number', '+', 1),
      }))
      .where('id', '=', id),
  );
}

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
    .select(['id', 'port_id', 'fixed_ip_address', 'router_id'])
    .where('port_id', '=', portId)
    .execute();
  for (const { id, port_id, fixed_ip_address, router_id } of rows) {
    if (fixed_ip_address !== null && kept.includes(fixed_ip_address)) continue;
    change(tx, id, UNUSED);
    recordChange(tx, floatingIp, { id, port_id, router_id }, ['port_id']);
  }
}

/**
 * Takes away the port forwardings that lead to a port, as that goes away or loses the address.
 * @param kept addresses that the port still has; none when it is gone
 */
export async function releaseForwardings(
  tx: Tx,
  portId: string,
  kept: readonly string[] = [],
): Promise<void> {
  const leading = await tx.db
    .selectFrom('port_forwardings')
    .innerJoin('floatingips', 'floatingips.id', 'floatingip_id')
    .select(['port_forwardings.id', 'floatingip_id', 'internal_ip_address', 'router_id'])
    .where('internal_port_id', '=', portId)
    .execute();
  const gone = leading.filter(({ internal_ip_address }) => !kept.includes(internal_ip_address));
  for (const [id, rows] of Map.groupBy(gone, ({ floatingip_id }) => floatingip_id)) {
    const routerId = rows[0]?.router_id ?? null;
    await dropForwardings(
      tx,
      { id, router_id: routerId },
      rows.map((row) => row.id),
    );
  }
}

/** Notes that what is forwarded to ports is another thing now. */
export async function noteForwarded(tx: Tx, portIds: readonly string[]): Promise<void> {
  if (portIds.length === 0) return;
  const rows = await tx.db
    .selectFrom('ports')
    .select(['id', 'network_id', 'device_id', 'device_owner'])
    .where('id', 'in', [...new Set(portIds)])
    .execute();
  for (const row of rows) recordChange(tx, port, row, ['forwarded']);
}

/** Takes port forwardings away from their floating IP, which is of no router without any. */
export async function dropForwardings(
  tx: Tx,
  { id: floatingIpId, router_id }: Pick<FloatingIp, 'id' | 'router_id'>,
  ids: readonly string[],
): Promise<void> {
  const rows = await tx.db
    .selectFrom('port_forwardings')
    .select('internal_port_id as id')
    .where('id', 'in', ids)
    .execute();
  await noteForwarded(
    tx,
    rows.map(({ id }) => id),
  );
  tx.send(tx.db.deleteFrom('port_forwardings').where('id', 'in', ids));
  const left = await tx.db
    .selectFrom('port_forwardings')
    .select('id')
    .where('floatingip_id', '=', floatingIpId)
    .executeTakeFirst();
  change(tx, floatingIpId, left === undefined ? UNUSED : {});
  recordChange(tx, floatingIp, { id: floatingIpId, port_id: null, router_id }, ['port_forwardings']);
}

const usersOf = (db: Kysely<Tables>, routerId: string) =>
  db.selectFrom('floatingips').where('router_id', '=', routerId);

/** @throws RequestError 409 when a floating IP needs the router's gateway to the network */
export async function requireGatewayUnused(
  tx: Tx,
  router: { readonly id: string },
  networkId: string,
): Promise<void> {
  const user = await usersOf(tx.db, router.id)
    .select('id')
    .where('floating_network_id', '=', networkId)
    .executeTakeFirst();
  if (user) throw errors.router.gatewayInUseByFloatingIp({ id: router.id, network: networkId });
}

/** @throws RequestError 409 when a floating IP stands for a port on the subnet, or forwards to one, by this router */
export async function requireSubnetUnused(tx: Tx, routerId: string, subnetId: string): Promise<void> {
  const user = await usersOf(tx.db, routerId)
    .leftJoin('port_forwardings', 'floatingip_id', 'floatingips.id')
    .innerJoin('ip_allocations', (join) =>
      join.on((row) =>
        row.or([
          row.and([
            row('ip_allocations.port_id', '=', row.ref('floatingips.port_id')),
            row('ip_allocations.ip_address', '=', row.ref('floatingips.fixed_ip_address')),
          ]),
          row.and([
            row('ip_allocations.port_id', '=', row.ref('internal_port_id')),
            row('ip_allocations.ip_address', '=', row.ref('internal_ip_address')),
          ]),
        ]),
      ),
    )
    .select('floatingips.id')
    .where('subnet_id', '=', subnetId)
    .executeTakeFirst();
  if (user) throw errors.router.interfaceInUseByFloatingIp({ router: routerId, subnet: subnetId });
}
