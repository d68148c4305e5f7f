/** Takes a port away, whoever owns it. */

import { dropMember } from '../anycast-address/members.ts';
import { dropTarget } from '../log/target.ts';
import { recordChange } from '../repository.ts';
import { release } from '../subnet/release.ts';
import type { Tx } from '../tables.ts';
import { port } from './definition.ts';
import { dropLearned } from './learned-addresses.ts';

/** Deletes a port and gives its addresses back. Whether that is allowed, the caller has decided. */
export async function removePort(tx: Tx, id: string): Promise<void> {
  const held = await tx.db
    .selectFrom('ip_allocations')
    .select(['subnet_id', 'address'])
    .where('port_id', '=', id)
    .execute();
  await dropMember(tx, id);
  await dropTarget(tx, id);
  await dropLearned(tx, id);
  await release(tx, id, held);
  const gone = await tx.db
    .deleteFrom('ports')
    .where('id', '=', id)
    .returning(['id', 'network_id', 'device_id', 'device_owner'])
    .executeTakeFirst();
  if (gone) recordChange(tx, port, gone);
}
