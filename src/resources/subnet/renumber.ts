/** Gives a subnet another prefix, or takes it away: everything that has an address in it follows. */
import { Address, eui64Address, Mac, Prefix } from '../../addressing/index.ts';
import { releaseFloatingIps } from '../floatingip/release.ts';
import { network } from '../network/definition.ts';
import { port } from '../port/definition.ts';
import { giveAway } from '../port/learned-addresses.ts';
import { ROUTER_INTERFACE, routerOwners } from '../port/owners.ts';
import { AFTER_ALL_WISHES } from '../port/positions.ts';
import { recordChange, sendRows, slices, touchRow, updateRow } from '../repository.ts';
import { retirePrefix } from '../router/retired-prefixes.ts';
import type { Tx } from '../tables.ts';
import { type Subnet, subnet as subnetDefinition } from './definition.ts';
import { defaultPools, toPool } from './rules.ts';
import { isUndelegated, UNDELEGATED } from './undelegated.ts';

/** What of a subnet a provider decides about. */
export interface DelegatedState {
  /** Undefined for none. */
  readonly prefix: Prefix | undefined;
  /** As `created_at`; null for ever, and where there is none. */
  readonly preferredUntil: string | null;
  readonly validUntil: string | null;
  /** Why it has none; empty when it has one. */
  readonly reason: string;
}

/**
 * Has a subnet be as a provider says. Instances are told to give up the former prefix; addresses that they form
 * themselves have the same interface identifier in the next one. What an instance took in it is forgotten, and floating
 * IPs for an address in it stand for nothing.
 */
export async function renumber(tx: Tx, current: Subnet, state: DelegatedState): Promise<void> {
  const prefix = state.prefix ?? UNDELEGATED;
  const gateway = state.prefix ? state.prefix.at(1n) : UNDELEGATED.first;
  if (prefix.toString() !== current.cidr) {
    await move(tx, current, state.prefix, gateway);
    touchRow(tx, network, current.network_id);
  }
  updateRow(tx, subnetDefinition, current, {
    cidr: prefix.toString(),
    gateway_ip: gateway.toString(),
    allocation_pools: defaultPools(prefix, gateway).map(toPool),
    prefix_preferred_until: state.preferredUntil,
    prefix_valid_until: state.validUntil,
    prefix_reason: state.reason,
  });
}

/** An address in a subnet, and the port that has it. */
interface Holding {
  readonly id: string;
  readonly network_id: string;
  readonly device_id: string;
  readonly device_owner: string;
  readonly address: string;
  readonly position: number;
}

async function move(tx: Tx, current: Subnet, to: Prefix | undefined, gateway: Address): Promise<void> {
  const from = isUndelegated(current) ? undefined : Prefix.parse(current.cidr);
  const held = await holdingsIn(tx, current.id);
  const instances = held.filter(({ device_owner: owner }) => !routerOwners.has(owner));
  if (from) await leave(tx, current.network_id, from, instances);
  await tx.db.deleteFrom('ip_allocations').where('subnet_id', '=', current.id).execute();
  const routers = held
    .filter(({ device_owner: owner }) => owner === ROUTER_INTERFACE)
    .map((holding) => ({ holding, address: gateway }));
  const followers = to
    ? from
      ? instances.map((holding) => ({ holding, address: inPrefix(to, holding.address) }))
      : await newcomers(tx, current.network_id, to)
    : [];
  sendRows(
    tx,
    'ip_allocations',
    [...routers, ...followers].map(({ holding, address }) => ({
      subnet_id: current.id,
      network_id: current.network_id,
      port_id: holding.id,
      address: address.sortKey,
      ip_address: address.toString(),
      position: holding.position,
    })),
  );
  const changed = [...held, ...followers.map(({ holding }) => holding)];
  for (const holder of new Map(changed.map((one) => [one.id, one])).values())
    recordChange(tx, port, holder, ['fixed_ips']);
}

/** The address with the same interface identifier. */
function inPrefix(prefix: Prefix, sortKey: string): Address {
  const identifier = Address.fromSortKey(sortKey).value % (1n << 64n);
  return prefix.at(identifier);
}

const holdingsIn = (tx: Tx, subnetId: string): Promise<Holding[]> =>
  tx.db
    .selectFrom('ip_allocations')
    .innerJoin('ports', 'ports.id', 'ip_allocations.port_id')
    .select(['ports.id', 'ports.network_id', 'device_id', 'device_owner', 'address', 'position'])
    .where('subnet_id', '=', subnetId)
    .execute();

/** Every instance's port on the network, with the address that it forms in the prefix. */
async function newcomers(tx: Tx, networkId: string, prefix: Prefix) {
  const ports = await tx.db
    .selectFrom('ports')
    .select(['id', 'mac_address', 'network_id', 'device_id', 'device_owner'])
    .where('network_id', '=', networkId)
    .where('device_owner', 'not in', [...routerOwners])
    .execute();
  return ports.map((one) => ({
    holding: { ...one, position: AFTER_ALL_WISHES },
    address: eui64Address(prefix, Mac.parse(one.mac_address)),
  }));
}

/** Says farewell to a prefix. */
async function leave(tx: Tx, networkId: string, from: Prefix, instances: readonly Holding[]): Promise<void> {
  await retirePrefix(tx, networkId, from);
  const learned = await tx.db
    .selectFrom('learned_addresses')
    .select(['port_id', 'address'])
    .where('network_id', '=', networkId)
    .where('address', '>=', from.first.sortKey)
    .where('address', '<=', from.last.sortKey)
    .execute();
  await giveAway(
    tx,
    learned.map(({ port_id: portId, address }) => ({ portId, address })),
  );
  const leaving = new Set(instances.map(({ address }) => Address.fromSortKey(address).toString()));
  for (const ids of slices([...new Set(instances.map(({ id }) => id))])) {
    const named = await tx.db
      .selectFrom('floatingips')
      .select(['port_id', 'fixed_ip_address'])
      .where('port_id', 'in', ids)
      .execute();
    for (const { port_id: id, fixed_ip_address: address } of named)
      if (id !== null && address !== null && leaving.has(address))
        await releaseFloatingIps(tx, id, await staying(tx, id, leaving));
  }
}

/** The addresses that a port keeps. */
async function staying(tx: Tx, portId: string, leaving: ReadonlySet<string>): Promise<string[]> {
  const rows = await tx.db
    .selectFrom('ip_allocations')
    .select('ip_address')
    .where('port_id', '=', portId)
    .execute();
  return rows.map(({ ip_address: address }) => address).filter((address) => !leaving.has(address));
}
