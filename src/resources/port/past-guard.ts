/** Ports whose instance was plugged into OVN's own bridge, past the guard: nothing passes there. */
import { slices } from '../repository.ts';
import type { PortRow, Tx } from '../tables.ts';

/** Takes down which ports are plugged in past the guard on a host; those that it no longer names are not. */
export async function notePastGuard(tx: Tx, host: string, portIds: ReadonlySet<string>): Promise<void> {
  const rows = await tx.db.selectFrom('ports').select('id').where('past_guard_on', '=', host).execute();
  const before = new Set(rows.map(({ id }) => id));
  // Nothing is made from it: it goes without a word in the journal.
  const write = (ids: ReadonlySet<string>, on: string): void => {
    for (const slice of slices([...ids]))
      tx.send(tx.db.updateTable('ports').set({ past_guard_on: on }).where('id', 'in', slice));
  };
  write(before.difference(portIds), '');
  write(portIds.difference(before), host);
}

/** What a port's owner is told of that; null when there is nothing, or it works all the same. */
export const pastGuardReason = (
  { past_guard_on: host, status }: Pick<PortRow, 'past_guard_on' | 'status'>,
  bridge: string,
): string | null =>
  host === '' || status === 'ACTIVE'
    ? null
    : `Its instance is plugged into br-int, past the guard, where nothing passes: it has to be plugged into ${bridge}.`;
