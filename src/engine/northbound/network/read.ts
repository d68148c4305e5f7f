/** What networks are made from. */

import type { Kysely } from 'kysely';
import { type SubnetRow, type Tables, UNDELEGATED_CIDR } from '../../../resources/index.ts';
import { type NetworkRows, readNetworkRows } from '../records/network.ts';

type Database = Kysely<Tables>;
type Ids = readonly string[];

export interface NetworkSource {
  readonly id: string;
  readonly network: NetworkRows;
  /** In the order of their ids. */
  readonly subnets: readonly SubnetRow[];
}

/** Networks with the subnets on them that have a prefix. */
export async function readNetworks(db: Database, ids: Ids): Promise<NetworkSource[]> {
  const networks = await readNetworkRows(db, ids);
  if (networks.size === 0) return [];
  const rows = await db
    .selectFrom('subnets')
    .selectAll()
    .where('network_id', 'in', ids)
    .where('cidr', '!=', UNDELEGATED_CIDR)
    .orderBy('id')
    .execute();
  const byNetwork = Map.groupBy(rows, (row) => row.network_id);
  return Array.from(networks, ([id, network]) => ({ id, network, subnets: byNetwork.get(id) ?? [] }));
}
