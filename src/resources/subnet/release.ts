/** What happens to an address that a port no longer holds. */
import { Address } from '../../addressing/index.ts';
import { together } from '../../store/index.ts';
import type { Tx } from '../tables.ts';
import { giveBack } from './allocator.ts';
import type { Subnet } from './definition.ts';
import { isAutoAddress, type SubnetModes } from './modes.ts';
import { toRange } from './rules.ts';

/** An address that a port held, and what of its subnet tells where it came from. */
export interface HeldFromSubnet extends SubnetModes {
  readonly subnet_id: string;
  /** Sort key. */
  readonly address: string;
  /** As the table has them. */
  readonly allocation_pools: string;
}

function cameFromPools({ allocation_pools, ...modes }: HeldFromSubnet, address: Address): boolean {
  if (isAutoAddress(modes)) return false;
  const pools = JSON.parse(allocation_pools) as Subnet['allocation_pools'];
  return pools.some((pool) => toRange(pool).contains(address));
}

/** Makes addresses that came from allocation pools free again. */
export async function giveBackAll(tx: Tx, held: readonly HeldFromSubnet[]): Promise<void> {
  const bySubnet = Map.groupBy(held, ({ subnet_id }) => subnet_id);
  await together(
    Array.from(bySubnet, async ([subnetId, those]) => {
      // One after the other: they may lie side by side.
      for (const one of those) {
        const address = Address.fromSortKey(one.address);
        if (cameFromPools(one, address)) await giveBack(tx, subnetId, address);
      }
    }),
  );
}
