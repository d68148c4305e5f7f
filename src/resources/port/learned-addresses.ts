/** Addresses that instances took for themselves: hosts report them, and from then on they are one port's on its network. */

import { Address, Prefix } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { uniqueViolation } from '../../store/index.ts';
import { type Linked, recordChange } from '../repository.ts';
import type { Modes } from '../subnet/modes.ts';
import type { Tx } from '../tables.ts';
import { port as portDefinition } from './definition.ts';
import { type AddressPolicy, openPrefixes } from './open-prefixes.ts';

/** As many as a port may have; when it takes one more, the oldest is forgotten. */
export const MOST_LEARNED = 16;

/**
 * Notes that a port's instance took addresses. Those that are known as the port's already change nothing.
 * @throws RequestError 404 for an unknown port, 400 for addresses that it may not take, 409 for those that another
 * port has
 */
export async function learnAddresses(tx: Tx, portId: string, texts: readonly string[]): Promise<void> {
  const addresses = texts.map((text) => Address.parse(text));
  const port = await tx.db
    .selectFrom('ports')
    .innerJoin('networks', 'networks.id', 'ports.network_id')
    .select(['ports.network_id', 'ports.learned_addresses', 'ports.address_policy'])
    .select(['ports.id', 'ports.device_id', 'ports.device_owner'])
    .select('networks.address_policy as network_policy')
    .where('ports.id', '=', portId)
    .executeTakeFirst();
  if (port === undefined) throw errors.notFound.port({ id: portId });
  const open = openPrefixes(
    (port.address_policy ?? port.network_policy) as AddressPolicy,
    await subnetsOf(tx, portId),
  );
  const outside = addresses.find((address) => !open.some((prefix) => prefix.contains(address)));
  if (outside !== undefined) {
    throw errors.port.mayNotTake({ id: portId, address: outside });
  }
  const known = JSON.parse(port.learned_addresses) as string[];
  const unknown = await withoutOwn(tx, port.network_id, portId, addresses);
  if (unknown.length === 0) return;
  const learned = [...known, ...unknown.map(String)];
  const kept = learned.slice(-MOST_LEARNED);
  await forget(tx, port.network_id, learned.slice(0, -MOST_LEARNED));
  await claim(tx, port.network_id, portId, unknown.slice(-MOST_LEARNED));
  await write(tx, port, kept);
}

/**
 * Takes addresses from the ports whose instances took them: they are given to another port, or are its by its MAC
 * address.
 */
export async function giveAway(tx: Tx, networkId: string, addresses: readonly Address[]): Promise<void> {
  const keys = addresses.filter(({ family }) => family === 6).map(({ sortKey }) => sortKey);
  if (keys.length === 0) return;
  const taken = await tx.db
    .selectFrom('learned_addresses')
    .select(['port_id', 'address'])
    .where('network_id', '=', networkId)
    .where('address', 'in', keys)
    .execute();
  if (taken.length === 0) return;
  const lost = taken.map(({ address }) => Address.fromSortKey(address).toString());
  await forget(tx, networkId, lost);
  const ids = [...new Set(taken.map(({ port_id }) => port_id))];
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

async function subnetsOf(tx: Tx, portId: string): Promise<{ prefix: Prefix; modes: Modes }[]> {
  const subnets = await tx.db
    .selectFrom('ip_allocations')
    .innerJoin('subnets', 'subnets.id', 'ip_allocations.subnet_id')
    .select(['cidr', 'ip_version', 'ipv6_ra_mode', 'ipv6_address_mode'])
    .where('port_id', '=', portId)
    .execute();
  return subnets.map(({ cidr, ...modes }) => ({ prefix: Prefix.parse(cidr), modes: modes as Modes }));
}

/** Those of the addresses that are not known as the port's. */
async function withoutOwn(
  tx: Tx,
  networkId: string,
  portId: string,
  addresses: readonly Address[],
): Promise<Address[]> {
  const keys = addresses.map(({ sortKey }) => sortKey);
  const held = await Promise.all(
    (['ip_allocations', 'learned_addresses'] as const).map((table) =>
      tx.db
        .selectFrom(table)
        .select(['port_id', 'address'])
        .where('network_id', '=', networkId)
        .where('address', 'in', keys)
        .execute(),
    ),
  );
  const others = held.flat().filter(({ port_id }) => port_id !== portId);
  if (others[0] !== undefined) {
    const address = Address.fromSortKey(others[0].address);
    throw errors.port.learnedInUse({ network: networkId, address });
  }
  const own = new Set(held.flat().map(({ address }) => address));
  return addresses.filter(({ sortKey }) => !own.has(sortKey));
}

async function claim(
  tx: Tx,
  networkId: string,
  portId: string,
  addresses: readonly Address[],
): Promise<void> {
  const rows = addresses.map(({ sortKey }) => ({ network_id: networkId, port_id: portId, address: sortKey }));
  try {
    await tx.db.insertInto('learned_addresses').values(rows).execute();
  } catch (error) {
    // Another host was a moment earlier.
    if (uniqueViolation(error) === 'learned_addresses')
      throw errors.port.learnedInUse({ network: networkId, address: addresses[0]! });
    throw error;
  }
}

async function forget(tx: Tx, networkId: string, addresses: readonly string[]): Promise<void> {
  if (addresses.length === 0) return;
  const keys = addresses.map((text) => Address.parse(text).sortKey);
  await tx.db
    .deleteFrom('learned_addresses')
    .where('network_id', '=', networkId)
    .where('address', 'in', keys)
    .execute();
}

async function write(
  tx: Tx,
  holder: Linked<typeof portDefinition>,
  addresses: readonly string[],
): Promise<void> {
  await tx.db
    .updateTable('ports')
    .set({ learned_addresses: JSON.stringify(addresses) })
    .where('id', '=', holder.id)
    .execute();
  recordChange(tx, portDefinition, holder, ['learned_addresses']);
}
