/** What subnets are made from. */

import type { Kysely } from 'kysely';
import type { SubnetRow, Tables } from '../../../resources/index.ts';
import { type NetworkRows, readNetworkRows } from '../records/network.ts';

export interface SubnetSource {
  readonly id: string;
  readonly row: SubnetRow;
  readonly network: NetworkRows;
}

/** Subnets with their networks. */
export async function readSubnets(db: Kysely<Tables>, ids: readonly string[]): Promise<SubnetSource[]> {
  const rows = await db.selectFrom('subnets').selectAll().where('id', 'in', ids).execute();
  const networks = await readNetworkRows(db, [...new Set(rows.map((row) => row.network_id))]);
  return rows.flatMap((row) => {
    const network = networks.get(row.network_id);
    return network === undefined ? [] : [{ id: row.id, row, network }];
  });
}
