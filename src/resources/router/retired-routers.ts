/**
 * Routers' ports that advertised themselves and no longer do. Instances would go on with them as their default router,
 * so hosts say farewell in their names (RFC 4861 section 6.2.5); also those that were away when it happened. What is
 * told of a router that advertises all the same, hosts do not heed.
 */

import type { Port } from '../port/definition.ts';
import { timestamp } from '../repository.ts';
import type { Tx } from '../tables.ts';
import { retirePrefixes } from './retired-prefixes.ts';

/** By then it has ended at every instance: no advertisement can name a longer lifetime (RFC 4861 section 4.2). */
const LONGEST_MS = 0xffff * 1000;
/** Remembered on a network, the latest: hosts are told of all of them with each change. */
const MOST = 32;

/**
 * Notes that the router's port may soon advertise no more, or not some of its prefixes, before it loses them. The journal
 * has one aspect for both.
 */
export async function retireRouter(tx: Tx, port: Port, subnetId?: string): Promise<void> {
  if (!(await retirePrefixes(tx, port, subnetId))) return;
  const now = Date.now();
  const { network_id, mac_address } = port;
  const row = {
    fixed_ips: JSON.stringify(port.fixed_ips),
    expires_at: timestamp(new Date(now + LONGEST_MS)),
  };
  await tx.db
    .insertInto('retired_routers')
    .values({ network_id, mac_address, ...row })
    .onConflict((conflict) => conflict.columns(['network_id', 'mac_address']).doUpdateSet(row))
    .execute();
  const all = await tx.db
    .selectFrom('retired_routers')
    .select(['mac_address', 'expires_at'])
    .where('network_id', '=', network_id)
    .orderBy('expires_at', 'desc')
    .execute();
  const gone = all.filter(({ expires_at }, index) => index >= MOST || expires_at < timestamp(new Date(now)));
  if (gone.length > 0) {
    const macs = gone.map((one) => one.mac_address);
    await tx.db
      .deleteFrom('retired_routers')
      .where('network_id', '=', network_id)
      .where('mac_address', 'in', macs)
      .execute();
  }
}
