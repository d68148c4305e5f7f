/** Takes a port away, whoever owns it. */
import type { Tx } from '../../store/store.ts';
import { touchAnycastOf } from '../anycast-address/members.ts';
import { touchLogged } from '../log/touch.ts';
import { release } from '../subnet/release.ts';

/** Deletes a port and gives its addresses back. Whether that is allowed, the caller has decided. */
export async function removePort(tx: Tx, id: string): Promise<void> {
  const held = await tx.db
    .selectFrom('ip_allocations')
    .select(['subnet_id', 'address'])
    .where('port_id', '=', id)
    .execute();
  await touchAnycastOf(tx, [id]);
  const memberships = await tx.db
    .selectFrom('port_security_groups')
    .select('security_group_id')
    .where('port_id', '=', id)
    .execute();
  await touchLogged(
    tx,
    id,
    memberships.map(({ security_group_id }) => security_group_id),
  );
  await release(tx, id, held);
  await tx.db.deleteFrom('ports').where('id', '=', id).execute();
  tx.touch('port', id);
}
