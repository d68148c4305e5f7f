/** Addresses that instances took for themselves: hosts report them, and from then on they are one port's on its network. */

import { Address, Prefix } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { type JournalSubject, recordChange, slices } from '../repository.ts';
import type { SubnetModes } from '../subnet/modes.ts';
import type { Tx } from '../tables.ts';
import { port as portDefinition } from './definition.ts';
import { openPrefixes } from './open-prefixes.ts';

/** As many as a port may have (hosts keep to it); when it takes one more, the oldest is forgotten. */
export const MOST_LEARNED = 64;

/**
 * Notes that a port's instance took addresses, and gave others up. What is known already changes nothing.
 * @returns the addresses that another port has, which stay its own
 * @throws RequestError 404 for an unknown port, 400 for addresses that it may not take
 */
export async function learnAddresses(
  tx: Tx,
  portId: string,
  taken: readonly string[],
  givenUp: readonly string[] = [],
): Promise<string[]> {
  const addresses = taken.map((text) => Address.parse(text));
  const port = await tx.db
    .selectFrom('ports')
    .innerJoin('networks', 'networks.id', 'ports.network_id')
    .select(['ports.network_id', 'ports.learned_addresses', 'ports.address_policy'])
    .select(['ports.id', 'ports.device_id', 'ports.device_owner'])
    .select('networks.address_policy as network_policy')
    .where('ports.id', '=', portId)
    .executeTakeFirst();
  if (port === undefined) throw errors.notFound.port({ id: portId });
  const open = openPrefixes(port.address_policy ?? port.network_policy, await subnetsOf(tx, portId));
  const outside = addresses.find((address) => !open.some((prefix) => prefix.contains(address)));
  if (outside !== undefined) throw errors.port.mayNotTake({ id: portId, address: outside });
  const known = JSON.parse(port.learned_addresses) as string[];
  const { unknown, others } = await sorted(tx, port.network_id, portId, addresses);
  const left = known.filter((text) => !givenUp.includes(text));
  if (unknown.length === 0 && left.length === known.length) return others;
  const claimed = await claim(tx, port.network_id, portId, unknown.slice(-MOST_LEARNED));
  const own = unknown.filter(({ sortKey }) => claimed.has(sortKey)).map(String);
  const kept = [...left, ...own].slice(-MOST_LEARNED);
  await forget(
    tx,
    port.network_id,
    portId,
    known.filter((text) => !kept.includes(text)),
  );
  await write(tx, port, kept);
  const late = unknown.slice(-MOST_LEARNED).filter(({ sortKey }) => !claimed.has(sortKey));
  return [...others, ...late.map(String)];
}

/**
 * Takes addresses from the ports whose instances took them: they are given to another port, or are its by its MAC
 * address.
 */
export async function giveAway(tx: Tx, networkId: string, addresses: readonly Address[]): Promise<void> {
  const keys = addresses.filter(({ family }) => family === 6).map(({ sortKey }) => sortKey);
  const taken: { port_id: string; address: string }[] = [];
  for (const slice of slices(keys)) {
    const rows = await tx.db
      .selectFrom('learned_addresses')
      .select(['port_id', 'address'])
      .where('network_id', '=', networkId)
      .where('address', 'in', slice)
      .execute();
    taken.push(...rows);
  }
  if (taken.length === 0) return;
  const lost = taken.map(({ address }) => Address.fromSortKey(address).toString());
  const ids = [...new Set(taken.map(({ port_id }) => port_id))];
  for (const id of ids) await forget(tx, networkId, id, lost);
  const ports = await tx.db
    .selectFrom('ports')
    .select(['id', 'learned_addresses', 'network_id', 'device_id', 'device_owner'])
    .where('id', 'in', ids)
    .execute();
  for (const holder of ports) {
    const known = JSON.parse(holder.learned_addresses) as string[];
    await write(
      tx,
      holder,
      known.filter((text) => !lost.includes(text)),
    );
  }
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

/** Sorts addresses into those that nobody has, and those that another port has; the port's own are neither. */
async function sorted(
  tx: Tx,
  networkId: string,
  portId: string,
  addresses: readonly Address[],
): Promise<{ unknown: Address[]; others: string[] }> {
  if (addresses.length === 0) return { unknown: [], others: [] };
  const keys = addresses.map(({ sortKey }) => sortKey);
  const held = new Map<string, string>();
  for (const table of ['ip_allocations', 'learned_addresses'] as const) {
    const rows = await tx.db
      .selectFrom(table)
      .select(['port_id', 'address'])
      .where('network_id', '=', networkId)
      .where('address', 'in', keys)
      .execute();
    for (const { port_id, address } of rows) held.set(address, port_id);
  }
  return {
    unknown: addresses.filter(({ sortKey }) => !held.has(sortKey)),
    others: addresses.filter(({ sortKey }) => (held.get(sortKey) ?? portId) !== portId).map(String),
  };
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

async function write(
  tx: Tx,
  holder: JournalSubject<typeof portDefinition>,
  addresses: readonly string[],
): Promise<void> {
  await tx.db
    .updateTable('ports')
    .set({ learned_addresses: JSON.stringify(addresses) })
    .where('id', '=', holder.id)
    .execute();
  recordChange(tx, portDefinition, holder, ['learned_addresses']);
}
