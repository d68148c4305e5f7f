/** Subnets as other resources read them. */
import type { Kysely } from 'kysely';
import type { SubnetRow, Tables } from '../../resources/tables.ts';
import { findRow, fromRow, slices } from '../repository.ts';
import { type Subnet, subnet } from './definition.ts';

/** A row of the table as a subnet. */
export const subnetOf = (row: SubnetRow): Subnet => fromRow(subnet, row);

/** The subnets on a network, oldest first. */
export async function subnetsOn(db: Kysely<Tables>, networkId: string): Promise<Subnet[]> {
  const rows = await db
    .selectFrom('subnets')
    .selectAll()
    .where('network_id', '=', networkId)
    .orderBy('id')
    .execute();
  return rows.map(subnetOf);
}

/** Those of these subnets that there are, by their ids. */
export async function subnetsById(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Subnet>> {
  const found = new Map<string, Subnet>();
  for (const slice of slices(ids)) {
    const rows = await db.selectFrom('subnets').selectAll().where('id', 'in', slice).execute();
    for (const row of rows) found.set(row.id, subnetOf(row));
  }
  return found;
}

export async function findSubnet(db: Kysely<Tables>, id: string): Promise<Subnet | undefined> {
  const row = await findRow(db, 'subnets', id);
  return row && subnetOf(row);
}
