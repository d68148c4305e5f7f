/** Takes and records the addresses that have been decided upon. */

import type { Kysely } from 'kysely';
import type { Address, Mac } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { together, uniqueViolation } from '../../store/index.ts';
import { sendRows } from '../repository.ts';
import { takeGiven, takeNext } from '../subnet/allocator.ts';
import type { Subnet } from '../subnet/definition.ts';
import { isAutoAddress } from '../subnet/modes.ts';
import { giveBackAll, type HeldFromSubnet } from '../subnet/release.ts';
import { subnetRows } from '../subnet/rows.ts';
import type { Tables, Tx } from '../tables.ts';
import { autoAddress, type HeldAddress, type Pick } from './addresses.ts';
import type { Port } from './definition.ts';
import { allocationKey, findHolders } from './holders.ts';

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

/** What wishes come to. */
export interface Choices {
  /** Those of each port, in the order of its picks; the places of open ones are filled when they are taken. */
  readonly chosen: readonly Chosen[][];
  /** Addresses that nobody may have. */
  readonly given: readonly (Chosen & { readonly isFromRange: boolean })[];
  readonly open: readonly OpenPick[];
}

/** Settles on an address for each pick, as far as that needs no look at what is free. Held ones stay. */
export function choose(wishes: readonly AddressWish[]): Choices {
  const chosen = wishes.map(({ picks }) => Array<Chosen>(picks.length));
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
  return { chosen, given, open };
}

/** What of the choices others may have. */
export const wantedBy = ({ given }: Choices) => ({
  subnetIds: given.map(({ subnetId }) => subnetId),
  addresses: given.map(({ address }) => address.sortKey),
});

/**
 * Takes what was chosen, and what is open.
 * @param taken what others have of it
 * @throws RequestError 409 when one is taken, or none is left
 */
export async function take(
  tx: Tx,
  networkId: string,
  { given, open }: Choices,
  taken: ReadonlySet<string>,
): Promise<void> {
  requireUntaken(given, taken);
  // Given addresses first, so that no free pick takes one of them.
  for (const { subnetId, address, isFromRange } of given)
    if (isFromRange) await takeGiven(tx, subnetId, address);
  await takeFree(tx, networkId, open);
}

/** @throws RequestError 409 for the first that somebody has, or that is there twice */
function requireUntaken(wanted: readonly Chosen[], others: ReadonlySet<string>): void {
  const taken = new Set(others);
  for (const { subnetId, address } of wanted) {
    const key = allocationKey(subnetId, address.sortKey);
    if (taken.has(key)) throw errors.fixedIps.taken({ address, subnet: subnetId });
    taken.add(key);
  }
}

/** A pick of any address of these subnets: the first of them that has one. */
export interface OpenPick {
  readonly subnets: Extract<Pick, { kind: 'free' }>['subnets'];
  readonly mac: Mac;
  settle(chosen: Chosen): void;
}

async function takeFree(tx: Tx, networkId: string, picks: readonly OpenPick[]): Promise<void> {
  let open = picks;
  for (let choice = 0; open.length > 0; choice++) {
    const bySubnet = Map.groupBy(open, ({ subnets }) => subnets[choice]);
    const without = bySubnet.get(undefined);
    if (without) {
      const cidrs = without[0]?.subnets.map(({ cidr }) => cidr) ?? [];
      throw errors.fixedIps.noneLeft({ network: networkId, cidrs });
    }
    const left = await together(
      Array.from(bySubnet, ([subnet, those]) => takeFreeOf(tx, subnet as Subnet, those)),
    );
    open = left.flat();
  }
}

/** @returns those for which the subnet has none */
async function takeFreeOf(tx: Tx, subnet: Subnet, picks: readonly OpenPick[]): Promise<OpenPick[]> {
  // Routers may draw from a subnet without ranges: what SLAAC would make is as good as any.
  const addresses = isAutoAddress(subnet)
    ? picks.map(({ mac }) => autoAddress(subnet, mac))
    : await takeNext(tx, subnet.id, picks.length);
  for (const [index, address] of addresses.entries()) picks[index]?.settle({ subnetId: subnet.id, address });
  return picks.slice(addresses.length);
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

/** Addresses, as they are given back. */
async function heldFrom(db: Kysely<Tables>, held: readonly HeldAddress[]): Promise<HeldFromSubnet[]> {
  const rows = await subnetRows.all(db, [...new Set(held.map(({ subnetId }) => subnetId))]);
  return held.flatMap(({ subnetId, address }) => {
    const row = rows.find(({ id }) => id === subnetId);
    return row ? { ...row, subnet_id: subnetId, address: address.sortKey } : [];
  });
}

/** Changes the addresses of a port to what `picks` says. */
export async function readdress(
  tx: Tx,
  current: Port,
  picks: readonly Pick[],
  mac: Mac,
  held: readonly HeldAddress[],
): Promise<Port['fixed_ips']> {
  const choices = choose([{ picks, mac, held }]);
  const others = await findHolders(tx.db, current.network_id, wantedBy(choices));
  await take(tx, current.network_id, choices, others.addresses);
  const [chosen = []] = choices.chosen;
  const kept = new Set(chosen.map(({ subnetId, address }) => allocationKey(subnetId, address.sortKey)));
  const gone = held.filter(({ subnetId, address }) => !kept.has(allocationKey(subnetId, address.sortKey)));
  await giveBackAll(tx, await heldFrom(tx.db, gone));
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
