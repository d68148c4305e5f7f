/** What becomes of NDP proxies when their address is another's, or nobody's. */
import { deleteRow, fromRow } from '../repository.ts';
import type { Tx } from '../tables.ts';
import { ndpProxy } from './definition.ts';

/**
 * Deletes the NDP proxies of a port that goes away or loses the address.
 * @param kept addresses that the port still has; none when it is gone
 */
export async function releaseNdpProxies(tx: Tx, portId: string, kept: readonly string[] = []): Promise<void> {
  const rows = await tx.db.selectFrom('ndp_proxies').selectAll().where('port_id', '=', portId).execute();
  for (const row of rows)
    if (!kept.includes(row.ip_address ?? '')) deleteRow(tx, ndpProxy, fromRow(ndpProxy, row));
}
