/** What happens to an address that a port no longer holds. */
import { Address } from '../../addressing/index.ts';
import type { Tx } from '../tables.ts';
import { giveBack } from './allocator.ts';
import type { Subnet } from './definition.ts';
import { isAutoAddress } from './modes.ts';
import { subnetsById } from './rows.ts';
import { toRange } from './rules.ts';

/** An address that a port holds: the subnet, and the address as a sort key. */
export interface AllocationKey {
  readonly subnet_id: string;
  readonly address: string;
}

const cameFromPools = (subnet: Subnet, address: Address): boolean =>
  !isAutoAddress(subnet) && subnet.allocation_pools.some((pool) => toRange(pool).contains(address));

/** Takes addresses off a port, and makes those that came from allocation pools free again. */
export async function release(tx: Tx, portId: string, held: readonly AllocationKey[]): Promise<void> {
  const subnets = await subnetsById(tx.db, [...new Set(held.map((one) => one.subnet_id))]);
  for (const { subnet_id, address } of held) {
    tx.send(
      tx.db
        .deleteFrom('ip_allocations')
        .where('subnet_id', '=', subnet_id)
        .where('address', '=', address)
        .where('port_id', '=', portId),
    );
    const subnet = subnets.get(subnet_id);
    const parsed = Address.fromSortKey(address);
    if (subnet && cameFromPools(subnet, parsed)) await giveBack(tx, subnet_id, parsed);
  }
}
