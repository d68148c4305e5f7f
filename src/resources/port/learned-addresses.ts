/** Addresses that instances took for themselves: hosts report them, and from then on they are one port's on its network. */

import { Address, Prefix } from '../../addressing/index.ts';
import { type JournalSubject, recordChange, timestamp } from '../repository.ts';
import { securityGroup } from '../security-group/definition.ts';
import { groupsOfPort } from '../security-group/membership.ts';
import type { SubnetModes } from '../subnet/modes.ts';
import type { Tx } from '../tables.ts';
import { type LearnedAddress, MOST_LEARNED, port as portDefinition } from './definition.ts';
import type { Holders } from './holders.ts';
import { openPrefixes } from './open-prefixes.ts';

/** An address of a port's instance. */
export interface LearnedFact {
  readonly portId: string;
  readonly address: Address;
}

/** An address that a port's instance took, and how that was seen. */
export interface LearnedClaim extends LearnedFact {
  readonly origin: NonNullable<LearnedAddress['origin']>;
}

/** What a host saw instances do. */
export interface AddressReport {
  readonly taken: readonly LearnedClaim[];
  readonly givenUp: readonly LearnedFact[];
}

/**
 * Notes what instances took and gave up. What is known already changes nothing. What one gave up in the same report is
 * free for another.
 * @returns what is not the port's: another port has it, the port may not take it, or there is no such port
 */
export async function learnAddresses(tx: Tx, { taken, givenUp }: AddressReport): Promise<LearnedFact[]> {
  for (const [portId, gone] of Map.groupBy(givenUp, (one) => one.portId)) {
    const port = await findHolder(tx, portId);
    if (port !== undefined)
      await keep(
        tx,
        port,
        without(
          port.learned,
          gone.map(({ address }) => `${address}`),
        ),
      );
  }
  const denied: LearnedFact[] = [];
  for (const [portId, wanted] of Map.groupBy(taken, (one) => one.portId)) {
    const port = await findHolder(tx, portId);
    const own = port === undefined ? new Set<string>() : await take(tx, port, wanted);
    denied.push(...wanted.filter(({ address }) => !own.has(address.sortKey)));
  }
  return denied;
}

/**
 * What instances have taken, of some ports.
 * @param portIds those that are not there are left out
 */
export async function learnedAddresses(
  db: Pick<Tx['db'], 'selectFrom'>,
  portIds: readonly string[],
): Promise<LearnedFact[]> {
  if (portIds.length === 0) return [];
  const rows = await db
    .selectFrom('learned_addresses')
    .select(['port_id', 'address'])
    .where('port_id', 'in', portIds)
    .execute();
  return rows.map(({ port_id, address }) => ({ portId: port_id, address: Address.fromSortKey(address) }));
}

/** Of addresses that a port is given, or has by its MAC address, those that an instance can have taken, as sort keys. */
export const learnable = (addresses: readonly Address[]): string[] =>
  addresses.filter(({ family }) => family === 6).map(({ sortKey }) => sortKey);

/** Takes addresses from the ports whose instances took them: they are another port's now. */
export async function giveAway(tx: Tx, taken: Holders['learned']): Promise<void> {
  const lost = taken.map(({ address }) => Address.fromSortKey(address).toString());
  for (const id of new Set(taken.map(({ portId }) => portId))) {
    const holder = await findHolder(tx, id);
    if (holder !== undefined) await keep(tx, holder, without(holder.learned, lost));
  }
}

/** By which hosts know what to forget: a number that grows each time, and what the port had left then. */
export interface StoredReset {
  readonly serial: number;
  readonly kept: readonly string[];
}

/** Forgets what the instance of a port took, but for some: others may take it, and hosts forget it too. */
export async function forgetLearned(tx: Tx, portId: string, kept: readonly LearnedAddress[]): Promise<void> {
  const holder = await findHolder(tx, portId);
  if (holder === undefined) return;
  await keep(tx, holder, kept);
  const { serial } = holder.reset ?? { serial: 0 };
  const reset: StoredReset = { serial: serial + 1, kept: kept.map(({ ip_address }) => ip_address) };
  await tx.db
    .updateTable('ports')
    .set({ learned_reset: JSON.stringify(reset) })
    .where('id', '=', portId)
    .execute();
  recordChange(tx, portDefinition, holder, ['learned_reset']);
}

/** Says of security groups that addresses which their members took come or go. */
export function recordLearned(tx: Tx, groupIds: readonly string[]): void {
  for (const id of new Set(groupIds)) recordChange(tx, securityGroup, { id }, ['learned_addresses']);
}

type Holder = JournalSubject<typeof portDefinition> & {
  readonly id: string;
  readonly network_id: string;
  readonly policy: 'prefix' | 'strict';
  readonly learned: readonly LearnedAddress[];
  readonly reset: StoredReset | null;
};

async function findHolder(tx: Tx, portId: string): Promise<Holder | undefined> {
  const row = await tx.db
    .selectFrom('ports')
    .innerJoin('networks', 'networks.id', 'ports.network_id')
    .select(['ports.network_id', 'ports.learned_addresses', 'ports.learned_reset', 'ports.address_policy'])
    .select(['ports.id', 'ports.device_id', 'ports.device_owner'])
    .select('networks.address_policy as network_policy')
    .where('ports.id', '=', portId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { learned_addresses, learned_reset, address_policy, network_policy, ...port } = row;
  const learned = JSON.parse(learned_addresses) as LearnedAddress[];
  const reset = learned_reset === null ? null : (JSON.parse(learned_reset) as StoredReset);
  return { ...port, policy: address_policy ?? network_policy, learned, reset };
}

const without = (learned: readonly LearnedAddress[], addresses: readonly string[]): LearnedAddress[] =>
  learned.filter(({ ip_address }) => !addresses.includes(ip_address));

/** @returns the sort keys of those of the wanted addresses that are the port's now */
async function take(tx: Tx, port: Holder, wanted: readonly LearnedClaim[]): Promise<Set<string>> {
  const open = openPrefixes(port.policy, await subnetsOf(tx, port.id));
  const allowed = wanted.filter(({ address }) => open.some((prefix) => prefix.contains(address)));
  const holders = await holdersOf(tx, port.network_id, allowed);
  const own = new Set(
    allowed.flatMap(({ address: { sortKey } }) => (holders.get(sortKey) === port.id ? sortKey : [])),
  );
  const registered = allowed.filter(
    ({ address, origin }) => origin === 'registration' && own.has(address.sortKey),
  );
  const known = register(
    port.learned,
    registered.map(({ address }) => `${address}`),
  );
  const unknown = allowed.filter(({ address }) => !holders.has(address.sortKey)).slice(-MOST_LEARNED);
  if (unknown.length === 0) {
    await keep(tx, port, known);
    return own;
  }
  const claimed = await claim(
    tx,
    port.network_id,
    port.id,
    unknown.map(({ address }) => address),
  );
  const since = timestamp();
  const added = unknown
    .filter(({ address }) => claimed.has(address.sortKey))
    .map(({ address, origin }) => ({ ip_address: `${address}`, origin, since }));
  await keep(tx, port, [...known, ...added].slice(-MOST_LEARNED));
  return own.union(claimed);
}

/** Those of the addresses that were seen before their instance registered them (RFC 9686). */
const register = (
  learned: readonly LearnedAddress[],
  registered: readonly string[],
): readonly LearnedAddress[] =>
  registered.length === 0
    ? learned
    : learned.map((one) =>
        registered.includes(one.ip_address) ? { ...one, origin: 'registration' as const } : one,
      );

/** Writes what a port has of learned addresses now, and gives up the rest. */
async function keep(tx: Tx, holder: Holder, kept: readonly LearnedAddress[]): Promise<void> {
  const before = holder.learned.map(({ ip_address }) => ip_address);
  const after = new Set(kept.map(({ ip_address }) => ip_address));
  if (JSON.stringify(kept) === JSON.stringify(holder.learned)) return;
  await forget(
    tx,
    holder.network_id,
    holder.id,
    before.filter((address) => !after.has(address)),
  );
  await tx.db
    .updateTable('ports')
    .set({ learned_addresses: JSON.stringify(kept) })
    .where('id', '=', holder.id)
    .execute();
  recordChange(tx, portDefinition, holder, ['learned_addresses']);
  recordLearned(tx, await groupsOfPort(tx, holder.id));
}

async function subnetsOf(tx: Tx, portId: string): Promise<{ prefix: Prefix; modes: SubnetModes }[]> {
  const subnets = await tx.db
    .selectFrom('ip_allocations')
    .innerJoin('subnets', 'subnets.id', 'ip_allocations.subnet_id')
    .select(['cidr', 'ip_version', 'ipv6_ra_mode', 'ipv6_address_mode'])
    .where('port_id', '=', portId)
    .execute();
  return subnets.map(({ cidr, ...modes }) => ({ prefix: Prefix.parse(cidr), modes: modes as SubnetModes }));
}

/** Who has addresses on a network, given or taken, by sort key. */
async function holdersOf(
  tx: Tx,
  networkId: string,
  addresses: readonly LearnedFact[],
): Promise<Map<string, string>> {
  const held = new Map<string, string>();
  if (addresses.length === 0) return held;
  const keys = addresses.map(({ address }) => address.sortKey);
  for (const table of ['learned_addresses', 'ip_allocations'] as const) {
    const rows = await tx.db
      .selectFrom(table)
      .select(['port_id', 'address'])
      .where('network_id', '=', networkId)
      .where('address', 'in', keys)
      .execute();
    for (const { port_id, address } of rows) held.set(address, port_id);
  }
  return held;
}

/** @returns the addresses that are the port's now; another host may have been a moment earlier with the rest */
async function claim(
  tx: Tx,
  networkId: string,
  portId: string,
  addresses: readonly Address[],
): Promise<Set<string>> {
  if (addresses.length === 0) return new Set();
  const rows = addresses.map(({ sortKey }) => ({ network_id: networkId, port_id: portId, address: sortKey }));
  const claimed = await tx.db
    .insertInto('learned_addresses')
    .values(rows)
    .onConflict((columns) => columns.columns(['network_id', 'address']).doNothing())
    .returning('address')
    .execute();
  return new Set(claimed.map(({ address }) => address));
}

async function forget(
  tx: Tx,
  networkId: string,
  portId: string,
  addresses: readonly string[],
): Promise<void> {
  if (addresses.length === 0) return;
  const keys = addresses.map((text) => Address.parse(text).sortKey);
  await tx.db
    .deleteFrom('learned_addresses')
    .where('network_id', '=', networkId)
    .where('port_id', '=', portId)
    .where('address', 'in', keys)
    .execute();
}
