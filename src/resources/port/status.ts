/** The status of ports, as the engine finds it. */
import { membersChanged } from '../anycast-address/members.ts';
import { slices } from '../repository.ts';
import type { Tx } from '../tables.ts';
import type { Port } from './definition.ts';

/**
 * Gives ports this status; those that have it already stay as they are. It is no change for the journal: nobody asked
 * for it, and a burst of new ports would be followed twice. Anycast addresses whose members they are do change.
 */
export async function setPortStatus(tx: Tx, ids: readonly string[], status: Port['status']): Promise<void> {
  for (const slice of slices(ids)) {
    const changed = await tx.db
      .updateTable('ports')
      .set({ status })
      .where('id', 'in', slice)
      .where('status', '!=', status)
      .returning('id')
      .execute();
    await membersChanged(
      tx,
      changed.map(({ id }) => id),
    );
  }
}
