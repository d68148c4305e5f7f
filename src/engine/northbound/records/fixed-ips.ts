/** The addresses of ports, with the subnets that they are on: instances' ports and routers' plans need them. */

import type { Kysely } from 'kysely';
import { Address } from '../../../addressing/index.ts';
import {
  type IpAllocationRow,
  type SubnetRow,
  type Tables,
  UNDELEGATED_CIDR,
} from '../../../resources/index.ts';
import { columnsOf } from './columns.ts';
import { type SubnetRecord, subnetRecord } from './subnet.ts';

export interface FixedIpRecord {
  readonly subnet: SubnetRecord;
  readonly address: Address;
}

/** An address as it is in the store. */
export interface FixedIpRows {
  readonly allocation: Pick<IpAllocationRow, 'port_id' | 'subnet_id' | 'address'>;
  readonly subnet: SubnetRow;
}

/** The addresses of ports, in their order, by port; none in a subnet that has no prefix yet. */
export async function readFixedIps(
  db: Kysely<Tables>,
  portIds: readonly string[],
): Promise<Map<string, FixedIpRows[]>> {
  // PostgreSQL takes no empty list.
  if (portIds.length === 0) return new Map();
  const allocations = await db
    .selectFrom('ip_allocations')
    .select(['port_id', 'subnet_id', 'address'])
    .where('port_id', 'in', portIds)
    .orderBy('position')
    .orderBy('address')
    .execute();
  const subnetIds = [...new Set(allocations.map((row) => row.subnet_id))];
  if (subnetIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('subnets')
    .selectAll()
    .where('id', 'in', subnetIds)
    .where('cidr', '!=', UNDELEGATED_CIDR)
    .execute();
  const subnets = new Map(rows.map((row) => [row.id, row]));
  const fixedIps = allocations.flatMap((allocation) => {
    const subnet = subnets.get(allocation.subnet_id);
    return subnet === undefined ? [] : [{ allocation, subnet }];
  });
  return Map.groupBy(fixedIps, ({ allocation }) => allocation.port_id);
}

/** @throws PlanError */
export const fixedIpsOf = (rows: readonly FixedIpRows[]): FixedIpRecord[] =>
  rows.map(({ allocation, subnet }) => ({
    subnet: subnetRecord(subnet),
    address: columnsOf(
      allocation,
      'address of port',
      allocation.port_id,
    )('address', (key) => Address.fromSortKey(key)),
  }));
