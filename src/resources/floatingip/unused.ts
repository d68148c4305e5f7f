/** Floating IPs that stand for nothing: they do not keep their network. */
import { removePortWithId } from '../port/removal.ts';
import { deleteRow, fromRow } from '../repository.ts';
import type { Tx } from '../tables.ts';
import { floatingIp } from './definition.ts';

/** Deletes the floating IPs of a network that stand for nothing. */
export async function removeUnusedFloatingIps(tx: Tx, networkId: string): Promise<void> {
  const rows = await tx.db
    .selectFrom('floatingips')
    .selectAll()
    .where('floating_network_id', '=', networkId)
    .where('port_id', 'is', null)
    .execute();
  for (const row of rows) {
    deleteRow(tx, floatingIp, fromRow(floatingIp, row));
    await removePortWithId(tx, row.floating_port_id);
  }
}
