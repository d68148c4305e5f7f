/** The ports that serve anycast addresses, in the store. */

import type { Kysely } from 'kysely';
import { Address, type Prefix } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { statement } from '../../store/index.ts';
import { ROUTER_INTERFACE } from '../port/owners.ts';
import { recordChange } from '../repository.ts';
import type { Tables, Tx } from '../tables.ts';
import { anycastAddress } from './definition.ts';
import type { AnycastMember } from './rules.ts';

type Database = Kysely<Tables>;

/** The members of anycast addresses, by the addresses' ids; oldest port first. */
export async function readMembers(
  db: Database,
  ids: readonly string[],
): Promise<Map<string, AnycastMember[]>> {
  // PostgreSQL takes no empty list.
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('anycast_members')
    .innerJoin('anycast_addresses', 'anycast_addresses.id', 'anycast_members.anycast_address_id')
    .innerJoin('ports', 'ports.id', 'anycast_members.port_id')
    .select(['anycast_addresses.id', 'router_id', 'port_id', 'healthy', 'ports.status'])
    .where('anycast_addresses.id', 'in', ids)
    .orderBy('port_id')
    .execute();
  const subnets = await subnetsOfRouters(db, [...new Set(rows.map(({ router_id }) => router_id))]);
  const addresses = await ipv6AddressesOf(db, [...new Set(rows.map(({ port_id }) => port_id))]);
  const members = new Map<string, AnycastMember[]>(ids.map((id) => [id, []]));
  for (const { id, router_id, port_id, healthy, status } of rows) {
    const nextHop = addresses.get(port_id)?.find(({ subnetId }) => subnets.get(router_id)?.has(subnetId));
    members.get(id)?.push({
      portId: port_id,
      portStatus: status,
      nextHop: nextHop?.address,
      healthy: healthy === null ? null : healthy === 1,
    });
  }
  return members;
}

/** The subnets on which routers have an interface. */
async function subnetsOfRouters(db: Database, ids: readonly string[]): Promise<Map<string, Set<string>>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('ports')
    .innerJoin('ip_allocations', 'ip_allocations.port_id', 'ports.id')
    .select(['ports.device_id', 'ip_allocations.subnet_id'])
    .where('ports.device_id', 'in', ids)
    .where('ports.device_owner', '=', ROUTER_INTERFACE)
    .execute();
  const byRouter = Map.groupBy(rows, ({ device_id }) => device_id);
  return new Map(
    Array.from(byRouter, ([id, found]) => [id, new Set(found.map(({ subnet_id }) => subnet_id))]),
  );
}

interface Held {
  readonly subnetId: string;
  readonly address: Address;
}

async function ipv6AddressesOf(db: Database, portIds: readonly string[]): Promise<Map<string, Held[]>> {
  if (portIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('ip_allocations')
    .select(['port_id', 'subnet_id', 'address'])
    .where('port_id', 'in', portIds)
    .orderBy('position')
    .execute();
  const held = rows.map(({ port_id, subnet_id, address }) => ({
    portId: port_id,
    subnetId: subnet_id,
    address: Address.fromSortKey(address),
  }));
  return Map.groupBy(
    held.filter(({ address }) => address.family === 6),
    ({ portId }) => portId,
  );
}

/** Notes that these ports, as members of anycast addresses, are in another state. */
export async function membersChanged(tx: Tx, portIds: readonly string[]): Promise<void> {
  if (portIds.length === 0) return;
  const rows = await tx.db
    .selectFrom('anycast_members')
    .select('anycast_address_id as id')
    .distinct()
    .where('port_id', 'in', portIds)
    .execute();
  for (const { id } of rows)
    recordChange(tx, anycastAddress, { id, port_ids: [], router_id: null }, ['members']);
}

/** Takes a port that goes away off the anycast addresses that it serves. */
export async function dropMember(tx: Tx, portId: string): Promise<void> {
  const rows = await tx.db
    .deleteFrom('anycast_members')
    .where('port_id', '=', portId)
    .returning('anycast_address_id as id')
    .execute();
  for (const { id } of rows)
    recordChange(tx, anycastAddress, { id, port_ids: [portId], router_id: null }, ['port_ids']);
}

/**
 * Keeps what a host found of a member's health.
 * @returns whether there is such a member
 */
export async function recordHealth(
  tx: Tx,
  { id, portId, healthy }: { id: string; portId: string; healthy: boolean },
): Promise<boolean> {
  const member = await tx.db
    .selectFrom('anycast_members')
    .select('healthy')
    .where('anycast_address_id', '=', id)
    .where('port_id', '=', portId)
    .executeTakeFirst();
  if (!member) return false;
  const found = healthy ? 1 : 0;
  if (member.healthy !== found) {
    await tx.db
      .updateTable('anycast_members')
      .set({ healthy: found })
      .where('anycast_address_id', '=', id)
      .where('port_id', '=', portId)
      .execute();
    recordChange(tx, anycastAddress, { id, port_ids: [], router_id: null }, ['members']);
  }
  return true;
}

const leadsTo = statement((db: Database, routerId: string) =>
  db.selectFrom('anycast_addresses').select(['id', 'address']).where('router_id', '=', routerId),
);

/** The anycast addresses that a router leads to. */
export const anycastAddressesOf = (
  db: Database,
  routerId: string,
): Promise<{ id: string; address: string }[]> => leadsTo.all(db, routerId);

/**
 * @param leaving prefixes that the router will not be attached to any more
 * @throws RequestError 409 when members of the router's anycast addresses are there
 */
export async function requireNoMembers(
  db: Database,
  routerId: string,
  leaving: readonly Prefix[],
): Promise<void> {
  const ids = (await anycastAddressesOf(db, routerId)).map(({ id }) => id);
  for (const [id, members] of await readMembers(db, ids)) {
    const member = members.find(({ nextHop }) => nextHop && leaving.some((one) => one.contains(nextHop)));
    if (member) {
      throw errors.router.interfaceInUseByAnycast({
        prefixes: leaving,
        router: routerId,
        port: member.portId,
        anycastAddress: id,
      });
    }
  }
}
