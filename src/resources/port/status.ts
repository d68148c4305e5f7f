/** The status of ports, as the engine finds it. */
import { recordChange, slices } from '../repository.ts';
import type { Tx } from '../tables.ts';
import { type Port, port } from './definition.ts';

/** Gives ports this status; those that have it already stay as they are. */
export async function setPortStatus(tx: Tx, ids: readonly string[], status: Port['status']): Promise<void> {
  for (const slice of slices(ids)) {
    const changed = await tx.db
      .updateTable('ports')
      .set({ status })
      .where('id', 'in', slice)
      .where('status', '!=', status)
      .returning(['id', 'network_id', 'device_id', 'device_owner'])
      .execute();
    for (const one of changed) recordChange(tx, port, one, ['status']);
  }
}
