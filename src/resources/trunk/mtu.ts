/** The MTU of networks, and the trunks that carry one in another. */
import { errors } from '../../errors/index.ts';
import type { Tx } from '../tables.ts';

/**
 * Makes sure that trunks carry the largest packets of all their subports still when a network gets another MTU.
 * @throws RequestError 409 that names a subport and its trunk
 */
export async function requireTrunksFit(tx: Tx, networkId: string, mtu: number): Promise<void> {
  const carried = tx.db
    .selectFrom('trunk_subports')
    .innerJoin('trunks', 'trunks.id', 'trunk_subports.trunk_id')
    .innerJoin('ports as outer', 'outer.id', 'trunks.port_id')
    .innerJoin('ports as inner', 'inner.id', 'trunk_subports.port_id')
    .select(['trunk_subports.port_id as port', 'trunks.id as trunk'])
    .limit(1);
  const within = await carried
    .innerJoin('networks', 'networks.id', 'inner.network_id')
    .select('networks.mtu')
    .where('outer.network_id', '=', networkId)
    .where('inner.network_id', '!=', networkId)
    .where('networks.mtu', '>', mtu)
    .executeTakeFirst();
  if (within) throw errors.trunk.mtu({ port: within.port, own: within.mtu, trunk: within.trunk, mtu });
  const around = await carried
    .innerJoin('networks', 'networks.id', 'outer.network_id')
    .select('networks.mtu')
    .where('inner.network_id', '=', networkId)
    .where('outer.network_id', '!=', networkId)
    .where('networks.mtu', '<', mtu)
    .executeTakeFirst();
  if (around) throw errors.trunk.mtu({ port: around.port, own: mtu, trunk: around.trunk, mtu: around.mtu });
}
