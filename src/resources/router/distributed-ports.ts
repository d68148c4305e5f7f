/** Ports behind routers that have IPv6 leave by its instances' own hosts: once they are plugged in, and no longer. */
import { port } from '../port/definition.ts';
import { ROUTER_INTERFACE } from '../port/owners.ts';
import { recordChange } from '../repository.ts';
import type { Tx } from '../tables.ts';

/** Notes that ports were plugged in or out, of those alone that matter to a router for that. */
export async function notePlugged(tx: Tx, portIds: readonly string[]): Promise<void> {
  if (portIds.length === 0) return;
  const distributing = () => tx.db.selectFrom('routers').where('distributed_ipv6', '=', 1);
  // Mostly there is none, and to know that costs next to nothing.
  if ((await distributing().select('id').limit(1).executeTakeFirst()) === undefined) return;
  const rows = await distributing()
    .innerJoin('ports as inside', 'inside.device_id', 'routers.id')
    .innerJoin('ports', 'ports.network_id', 'inside.network_id')
    .select(['ports.id', 'ports.network_id', 'ports.device_id', 'ports.device_owner'])
    .distinct()
    .where('inside.device_owner', '=', ROUTER_INTERFACE)
    .where('ports.id', 'in', portIds)
    .execute();
  for (const row of rows) recordChange(tx, port, row, ['plugged']);
}
