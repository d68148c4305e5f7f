import type { Kysely } from 'kysely';
import type { NetworkRow, RetiredPrefixRow, SubnetRow, Tables } from '../../../store/tables.ts';

type Database = Kysely<Tables>;
type Ids = readonly string[];

/** What a network record is made from. */
export interface NetworkRows {
  readonly row: NetworkRow;
  readonly retiredPrefixes: readonly RetiredPrefixRow[];
}

/** Networks by id: other units are made from them too. */
export async function readNetworkRows(db: Database, ids: Ids): Promise<Map<string, NetworkRows>> {
  // PostgreSQL takes no empty list.
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('networks').selectAll().where('id', 'in', ids).execute();
  const retired = await db
    .selectFrom('retired_prefixes')
    .selectAll()
    .where('network_id', 'in', ids)
    .orderBy('prefix')
    .execute();
  const byNetwork = Map.groupBy(retired, (row) => row.network_id);
  return new Map(rows.map((row) => [row.id, { row, retiredPrefixes: byNetwork.get(row.id) ?? [] }]));
}

export interface NetworkSource {
  readonly id: string;
  readonly network: NetworkRows;
  /** In the order of their ids. */
  readonly subnets: readonly SubnetRow[];
}

/** Networks with the subnets on them. */
export async function readNetworks(db: Database, ids: Ids): Promise<NetworkSource[]> {
  const networks = await readNetworkRows(db, ids);
  if (networks.size === 0) return [];
  const rows = await db
    .selectFrom('subnets')
    .selectAll()
    .where('network_id', 'in', ids)
    .orderBy('id')
    .execute();
  const byNetwork = Map.groupBy(rows, (row) => row.network_id);
  return Array.from(networks, ([id, network]) => ({ id, network, subnets: byNetwork.get(id) ?? [] }));
}
