/** Takes and records the addresses that have been decided upon. */

import type { Address, Mac } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { uniqueViolation } from '../../store/index.ts';
import { takeGiven, takeNext } from '../subnet/allocator.ts';
import { isAutoAddress } from '../subnet/modes.ts';
import { release } from '../subnet/release.ts';
import type { Tx } from '../tables.ts';
import { autoAddress, type HeldAddress, type Pick } from './addresses.ts';
import type { Port } from './definition.ts';

/** An address and the subnet that it was taken from. */
export interface Chosen {
  readonly subnetId: string;
  readonly address: Address;
}

/** Settles on an address for each pick, and takes it. Held ones stay. */
export async function take(
  tx: Tx,
  networkId: string,
  picks: readonly Pick[],
  mac: Mac,
  held: readonly HeldAddress[] = [],
): Promise<Chosen[]> {
  const chosen: Chosen[] = [];
  // Given addresses first, so that no free pick takes one of them.
  for (const pick of picks) {
    if (pick.kind === 'free') continue;
    const address = pick.kind === 'given' ? pick.address : autoAddress(pick.subnet, mac);
    if (!held.some((one) => one.subnetId === pick.subnet.id && one.address.equals(address))) {
      await requireUntaken(tx, pick.subnet.id, address);
      if (!isAutoAddress(pick.subnet)) await takeGiven(tx, pick.subnet.id, address);
    }
    chosen.push({ subnetId: pick.subnet.id, address });
  }
  for (const [index, pick] of picks.entries()) {
    if (pick.kind !== 'free') continue;
    chosen.splice(index, 0, await takeFree(tx, networkId, pick.subnets, mac));
  }
  return chosen;
}

async function requireUntaken(tx: Tx, subnetId: string, address: Address): Promise<void> {
  const taken = await tx.db
    .selectFrom('ip_allocations')
    .select('port_id')
    .where('subnet_id', '=', subnetId)
    .where('address', '=', address.sortKey)
    .executeTakeFirst();
  if (taken) {
    throw errors.fixedIps.taken({ address, subnet: subnetId });
  }
}

async function takeFree(
  tx: Tx,
  networkId: string,
  subnets: Extract<Pick, { kind: 'free' }>['subnets'],
  mac: Mac,
): Promise<Chosen> {
  for (const subnet of subnets) {
    // Routers may draw from a subnet without ranges: what SLAAC would make is as good as any.
    const address = isAutoAddress(subnet) ? autoAddress(subnet, mac) : await takeNext(tx, subnet.id);
    if (address) return { subnetId: subnet.id, address };
  }
  throw errors.fixedIps.noneLeft({ network: networkId, cidrs: subnets.map(({ cidr }) => cidr) });
}

/** Writes down who holds the addresses; the order is that of fixed_ips. */
export async function recordAllocations(
  tx: Tx,
  portId: string,
  networkId: string,
  chosen: readonly Chosen[],
): Promise<void> {
  if (chosen.length === 0) return;
  const rows = chosen.map(({ subnetId, address }, position) => ({
    subnet_id: subnetId,
    address: address.sortKey,
    ip_address: address.toString(),
    port_id: portId,
    network_id: networkId,
    position,
  }));
  await tx.db.insertInto('ip_allocations').values(rows).execute();
}

/** Addresses as the API writes them. */
export const asFixedIps = (chosen: readonly Chosen[]): Port['fixed_ips'] =>
  chosen.map(({ subnetId, address }) => ({ subnet_id: subnetId, ip_address: address.toString() }));

/** Changes the addresses of a port to what `picks` says. */
export async function readdress(
  tx: Tx,
  current: Port,
  picks: readonly Pick[],
  mac: Mac,
  held: readonly HeldAddress[],
): Promise<Port['fixed_ips']> {
  const chosen = await take(tx, current.network_id, picks, mac, held);
  const kept = new Set(chosen.map(({ subnetId, address }) => `${subnetId} ${address.sortKey}`));
  const gone = held.filter(({ subnetId, address }) => !kept.has(`${subnetId} ${address.sortKey}`));
  await release(
    tx,
    current.id,
    gone.map(({ subnetId, address }) => ({ subnet_id: subnetId, address: address.sortKey })),
  );
  await tx.db.deleteFrom('ip_allocations').where('port_id', '=', current.id).execute();
  await recordAllocations(tx, current.id, current.network_id, chosen);
  return asFixedIps(chosen);
}

/**
 * Turns the database's refusal of a double into the 409 that the check before it would have given, had the other
 * request come a moment earlier.
 */
export async function withConflicts<T>(networkId: string, mac: Mac, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    switch (uniqueViolation(error)) {
      case 'ip_allocations':
        throw errors.fixedIps.takenMeanwhile({ network: networkId });
      case 'ports':
        throw errors.port.macInUse({ network: networkId, mac });
      default:
        throw error;
    }
  }
}
