/** Subnets as other resources read them. */
import type { Kysely } from 'kysely';
import type { SubnetRow, Tables } from '../../resources/tables.ts';
import { findRow, fromRow } from '../repository.ts';
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

export async function findSubnet(db: Kysely<Tables>, id: string): Promise<Subnet | undefined> {
  const row = await findRow(db, 'subnets', id);
  return row && subnetOf(row);
}
