/** Takes and records the addresses that have been decided upon. */

import type { Address, Mac } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { uniqueViolation } from '../../store/index.ts';
import { sendRows, slices } from '../repository.ts';
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

/** What a port is to have. */
export interface AddressWish {
  readonly picks: readonly Pick[];
  readonly mac: Mac;
  /** What it has already, and may keep. */
  readonly held?: readonly HeldAddress[];
}

/**
 * Settles on an address for each pick of some ports on a network, and takes it. Held ones stay.
 * @returns those of each port, in the order of its picks
 * @throws RequestError 409 when one is taken, or none is left
 */
export async function take(tx: Tx, networkId: string, wishes: readonly AddressWish[]): Promise<Chosen[][]> {
  const chosen = wishes.map(({ picks }) => Array<Chosen>(picks.length));
  // Given addresses first, so that no free pick takes one of them.
  const given: (Chosen & { readonly isFromRange: boolean })[] = [];
  const open: OpenPick[] = [];
  for (const [port, { picks, mac, held = [] }] of wishes.entries()) {
    for (const [place, pick] of picks.entries()) {
      const settle = (one: Chosen): void => {
        (chosen[port] as Chosen[])[place] = one;
      };
      if (pick.kind === 'free') {
        open.push({ subnets: pick.subnets, mac, settle });
        continue;
      }
      const { subnet } = pick;
      const address = pick.kind === 'given' ? pick.address : autoAddress(subnet, mac);
      const one = { subnetId: subnet.id, address };
      if (!held.some((kept) => kept.subnetId === subnet.id && kept.address.equals(address)))
        given.push({ ...one, isFromRange: !isAutoAddress(subnet) });
      settle(one);
    }
  }
  await requireUntaken(tx, given);
  for (const { subnetId, address, isFromRange } of given)
    if (isFromRange) await takeGiven(tx, subnetId, address);
  await takeFree(tx, networkId, open);
  return chosen;
}

/** @throws RequestError 409 for the first that somebody has, or that is there twice */
async function requireUntaken(tx: Tx, wanted: readonly Chosen[]): Promise<void> {
  const taken = new Set<string>();
  for (const slice of slices(wanted)) {
    const rows = await tx.db
      .selectFrom('ip_allocations')
      .select(['subnet_id', 'address'])
      .where('subnet_id', 'in', [...new Set(slice.map(({ subnetId }) => subnetId))])
      .where(
        'address',
        'in',
        slice.map(({ address }) => address.sortKey),
      )
      .execute();
    for (const { subnet_id, address } of rows) taken.add(`${subnet_id} ${address}`);
  }
  for (const { subnetId, address } of wanted) {
    const key = `${subnetId} ${address.sortKey}`;
    if (taken.has(key)) throw errors.fixedIps.taken({ address, subnet: subnetId });
    taken.add(key);
  }
}

/** A pick of any address of these subnets: the first of them that has one. */
interface OpenPick {
  readonly subnets: Extract<Pick, { kind: 'free' }>['subnets'];
  readonly mac: Mac;
  settle(chosen: Chosen): void;
}

async function takeFree(tx: Tx, networkId: string, picks: readonly OpenPick[]): Promise<void> {
  let open = picks;
  for (let choice = 0; open.length > 0; choice++) {
    const left: OpenPick[] = [];
    for (const [subnet, those] of Map.groupBy(open, ({ subnets }) => subnets[choice])) {
      if (!subnet) {
        const cidrs = those[0]?.subnets.map(({ cidr }) => cidr) ?? [];
        throw errors.fixedIps.noneLeft({ network: networkId, cidrs });
      }
      // Routers may draw from a subnet without ranges: what SLAAC would make is as good as any.
      const addresses = isAutoAddress(subnet)
        ? those.map(({ mac }) => autoAddress(subnet, mac))
        : await takeNext(tx, subnet.id, those.length);
      for (const [index, pick] of those.entries()) {
        const address = addresses[index];
        if (address) pick.settle({ subnetId: subnet.id, address });
        else left.push(pick);
      }
    }
    open = left;
  }
}

/** Writes down who holds the addresses; the order is that of fixed_ips. */
export function recordAllocations(
  tx: Tx,
  networkId: string,
  ports: readonly { readonly id: string; readonly chosen: readonly Chosen[] }[],
): void {
  const rows = ports.flatMap(({ id, chosen }) =>
    chosen.map(({ subnetId, address }, position) => ({
      subnet_id: subnetId,
      address: address.sortKey,
      ip_address: address.toString(),
      port_id: id,
      network_id: networkId,
      position,
    })),
  );
  sendRows(tx, 'ip_allocations', rows);
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
  const [chosen = []] = await take(tx, current.network_id, [{ picks, mac, held }]);
  const kept = new Set(chosen.map(({ subnetId, address }) => `${subnetId} ${address.sortKey}`));
  const gone = held.filter(({ subnetId, address }) => !kept.has(`${subnetId} ${address.sortKey}`));
  await release(
    tx,
    current.id,
    gone.map(({ subnetId, address }) => ({ subnet_id: subnetId, address: address.sortKey })),
  );
  tx.send(tx.db.deleteFrom('ip_allocations').where('port_id', '=', current.id));
  recordAllocations(tx, current.network_id, [{ id: current.id, chosen }]);
  return asFixedIps(chosen);
}

/**
 * Turns the database's refusal of a double into the 409 that says what of the request it is.
 * @param macs that the ports are to have
 */
export async function withConflicts<T>(
  tx: Tx,
  networkId: string,
  macs: readonly Mac[],
  operation: () => Promise<T>,
): Promise<T> {
  try {
    const result = await operation();
    await tx.sent();
    return result;
  } catch (error) {
    // What was sent may have failed before.
    const first = await tx.sent().then(
      () => error,
      (failure: unknown) => failure,
    );
    switch (uniqueViolation(first)) {
      case 'ip_allocations':
        throw errors.fixedIps.takenMeanwhile({ network: networkId });
      case 'ports':
        throw errors.port.macInUse({ network: networkId, mac: macs });
      default:
        throw first;
    }
  }
}
