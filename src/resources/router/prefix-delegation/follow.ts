/** Prefixes that a provider delegates to a router, in the store: what hosts report of them, and the subnets that follow. */
import type { Kysely } from 'kysely';
import { Address, Prefix } from '../../../addressing/index.ts';
import { anycastAddressesOf } from '../../anycast-address/members.ts';
import { delegatedOn } from '../../port/delegation.ts';
import { ROUTER_INTERFACE } from '../../port/owners.ts';
import { recordChange, sendRows, timestamp } from '../../repository.ts';
import type { Subnet } from '../../subnet/definition.ts';
import { renumber } from '../../subnet/renumber.ts';
import { subnetOf } from '../../subnet/rows.ts';
import { isUndelegated, NOWHERE, PREFIX_DELEGATION } from '../../subnet/undelegated.ts';
import type { DelegationClientRow, RouterDelegationRow, SubnetRow, Tables, Tx } from '../../tables.ts';
import { router } from '../definition.ts';
import { routerAddressesOf } from '../router-addresses.ts';
import {
  type AssociationWish,
  associationWishes,
  type DelegatedToRouter,
  type OthersPrefix,
  shareOutPrefixes,
  type WaitingSubnet,
} from './shares.ts';

type Database = Kysely<Tables>;

/** What a router's host does for its prefixes. */
export interface RouterAsking {
  readonly associations: readonly AssociationWish[];
  readonly delegated: readonly DelegatedToRouter[];
  /** The DUID of the server, in hexadecimal; empty when none is known. */
  readonly server: string;
}

/** What a host reports of a router. */
export interface DelegationReport {
  readonly routerId: string;
  readonly delegated: readonly DelegatedToRouter[];
  readonly server: string;
  /** Why it has no prefix, as far as the host knows. */
  readonly reason: string;
}

/** The subnets of routers that have their prefixes from providers, by router, oldest first. */
async function subnetsOfRouters(db: Database, ids: readonly string[]): Promise<Map<string, SubnetRow[]>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('ports')
    .innerJoin('ip_allocations', 'ip_allocations.port_id', 'ports.id')
    .innerJoin('subnets', 'subnets.id', 'ip_allocations.subnet_id')
    .selectAll('subnets')
    .select('device_id')
    .where('device_id', 'in', ids)
    .where('device_owner', '=', ROUTER_INTERFACE)
    .where('subnetpool_id', '=', PREFIX_DELEGATION)
    // Another router is a guest there.
    .whereRef('ip_allocations.ip_address', '=', 'subnets.gateway_ip')
    .orderBy('subnets.id')
    .execute();
  return Map.groupBy(rows, ({ device_id }) => device_id);
}

/** Those of a router's port. */
export async function delegatedSubnetsOf(tx: Tx, portId: string): Promise<Subnet[]> {
  const rows = await tx.db
    .selectFrom('ip_allocations')
    .innerJoin('subnets', 'subnets.id', 'ip_allocations.subnet_id')
    .selectAll('subnets')
    .where('port_id', '=', portId)
    .where('subnetpool_id', '=', PREFIX_DELEGATION)
    .whereRef('ip_allocations.ip_address', '=', 'subnets.gateway_ip')
    .execute();
  return rows.map(subnetOf);
}

const delegatedTo = (db: Database, ids: readonly string[]): Promise<RouterDelegationRow[]> =>
  db.selectFrom('router_delegations').selectAll().where('router_id', 'in', ids).orderBy('prefix').execute();

const fromDelegation = (row: RouterDelegationRow): DelegatedToRouter => ({
  iaid: row.iaid,
  prefix: Prefix.parse(row.prefix),
  preferredUntil: row.preferred_until,
  validUntil: row.valid_until,
});

const waiting = (row: Pick<SubnetRow, 'id' | 'cidr'>): WaitingSubnet => ({
  id: row.id,
  prefix: isUndelegated(row) ? undefined : Prefix.parse(row.cidr),
});

/** What the hosts of routers' gateways are to ask for, by router; of those alone that ask, or have something. */
export async function askingsOf(db: Database, ids: readonly string[]): Promise<Map<string, RouterAsking>> {
  if (ids.length === 0) return new Map();
  const subnets = await subnetsOfRouters(db, ids);
  const delegated = Map.groupBy(await delegatedTo(db, ids), ({ router_id }) => router_id);
  const clients = await db
    .selectFrom('delegation_clients')
    .selectAll()
    .where('router_id', 'in', ids)
    .execute();
  const askings = new Map<string, RouterAsking>();
  for (const id of new Set([...subnets.keys(), ...delegated.keys()])) {
    const own = (delegated.get(id) ?? []).map(fromDelegation);
    askings.set(id, {
      associations: associationWishes((subnets.get(id) ?? []).map(waiting), own),
      delegated: own,
      server: clients.find(({ router_id }) => router_id === id)?.server ?? '',
    });
  }
  return askings;
}

/** The prefixes that providers delegate to routers, by router. */
export async function delegationsOf(db: Database, ids: readonly string[]): Promise<Map<string, string[]>> {
  if (ids.length === 0) return new Map();
  const rows = Map.groupBy(await delegatedTo(db, ids), ({ router_id }) => router_id);
  return new Map(Array.from(rows, ([id, own]) => [id, own.map(({ prefix }) => prefix)]));
}

/** What a router's subnets may not have: it is somebody else's on the router, or on their networks. */
async function othersOf(tx: Tx, routerId: string, own: readonly SubnetRow[]): Promise<OthersPrefix[]> {
  const ids = new Set(own.map(({ id }) => id));
  const attached = await routerAddressesOf(tx.db, routerId);
  const networks = [...new Set(attached.map(({ networkId }) => networkId))];
  if (networks.length === 0) return [];
  const subnets = await tx.db
    .selectFrom('subnets')
    .select(['id', 'cidr'])
    .where('network_id', 'in', networks)
    .execute();
  return [
    ...subnets
      .filter((row) => !ids.has(row.id) && !isUndelegated(row))
      .map(({ id, cidr }) => ({ prefix: Prefix.parse(cidr), holder: `subnet ${id}` })),
    ...(await delegatedOn(tx, networks)).map(({ id, prefix }) => ({ prefix, holder: `port ${id}` })),
    ...(await anycastAddressesOf(tx.db, routerId)).map(({ id, address }) => ({
      prefix: Prefix.of(Address.parse(address), 128),
      holder: `anycast address ${id}`,
    })),
  ];
}

/** Has a router's subnets be as what is delegated to it wants, and hosts know what to ask for. */
export async function followDelegations(tx: Tx, routerId: string): Promise<void> {
  const subnets = (await subnetsOfRouters(tx.db, [routerId])).get(routerId) ?? [];
  const rows = await delegatedTo(tx.db, [routerId]);
  if (subnets.length > 0) {
    const delegated = rows.map(fromDelegation);
    const others = await othersOf(tx, routerId, subnets);
    const { shares, refusal } = shareOutPrefixes(subnets.map(waiting), delegated, others, timestamp());
    const reason = refusal ?? (await reasonFor(tx, routerId));
    for (const row of subnets) {
      const share = shares.get(row.id);
      await renumber(tx, subnetOf(row), {
        prefix: share?.prefix,
        preferredUntil: share?.from.preferredUntil ?? null,
        validUntil: share?.from.validUntil ?? null,
        reason: share ? '' : reason,
      });
    }
  }
  if (subnets.length + rows.length > 0) recordChange(tx, router, { id: routerId }, ['prefix_delegation']);
}

async function reasonFor(tx: Tx, routerId: string): Promise<string> {
  const row = await tx.db
    .selectFrom('routers')
    .leftJoin('delegation_clients', 'delegation_clients.router_id', 'routers.id')
    .select(['gateway_port_id', 'reason'])
    .where('routers.id', '=', routerId)
    .executeTakeFirst();
  if (!row?.gateway_port_id) return `router ${routerId} has no external gateway`;
  return row.reason || 'the provider has not been heard of yet';
}

/** Has a subnet that left its router be without a prefix. */
export const leaveDelegation = (tx: Tx, subnet: Subnet): Promise<void> =>
  renumber(tx, subnet, {
    prefix: undefined,
    preferredUntil: null,
    validUntil: null,
    reason: NOWHERE,
  });

/** Forgets what was delegated to a router, whose gateway is another one now. */
export async function forgetDelegations(tx: Tx, routerId: string): Promise<void> {
  for (const table of ['router_delegations', 'delegation_clients'] as const)
    await tx.db.deleteFrom(table).where('router_id', '=', routerId).execute();
  await followDelegations(tx, routerId);
}

/** Takes down what a host reports. What is known already changes nothing. */
export async function recordDelegations(tx: Tx, report: DelegationReport): Promise<void> {
  const { routerId, server, reason } = report;
  const known = (await delegatedTo(tx.db, [routerId])).map(({ router_id: _, ...row }) => row);
  const told = report.delegated
    .map(({ iaid, prefix, preferredUntil, validUntil }) => ({
      iaid,
      prefix: prefix.toString(),
      preferred_until: preferredUntil,
      valid_until: validUntil,
    }))
    .sort((one, other) => (one.prefix < other.prefix ? -1 : 1));
  const client = await tx.db
    .selectFrom('delegation_clients')
    .selectAll()
    .where('router_id', '=', routerId)
    .executeTakeFirst();
  const isKnown = JSON.stringify(known.map(inOrder)) === JSON.stringify(told.map(inOrder));
  if (isKnown && client?.server === server && client.reason === reason) return;
  await tx.db.deleteFrom('router_delegations').where('router_id', '=', routerId).execute();
  sendRows(
    tx,
    'router_delegations',
    told.map((row) => ({ router_id: routerId, ...row })),
  );
  const row: DelegationClientRow = { router_id: routerId, server, reason };
  await tx.db
    .insertInto('delegation_clients')
    .values(row)
    .onConflict((conflict) => conflict.column('router_id').doUpdateSet({ server, reason }))
    .execute();
  await followDelegations(tx, routerId);
}

const inOrder = (row: Omit<RouterDelegationRow, 'router_id'>) => [
  row.prefix,
  row.iaid,
  row.preferred_until,
  row.valid_until,
];

/** Of these routers those whose gateway a host may have. */
export async function routersOn(
  db: Database,
  chassis: string,
  routerIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (routerIds.length === 0) return new Set();
  const rows = await db
    .selectFrom('gateway_hosts')
    .innerJoin('routers', 'routers.gateway_port_id', 'gateway_hosts.gateway_port_id')
    .select('router_id')
    .where('chassis', '=', chassis)
    .where('router_id', 'in', routerIds)
    .execute();
  return new Set(rows.map(({ router_id }) => router_id));
}

/**
 * Of these routers those that want no prefix any more by way of an external network: they are gone, or lead elsewhere,
 * or no subnet of theirs is to have one.
 */
export async function routersWithout(
  db: Database,
  asked: readonly { readonly routerId: string; readonly networkId: string }[],
): Promise<string[]> {
  if (asked.length === 0) return [];
  const ids = asked.map(({ routerId }) => routerId);
  const rows = await db
    .selectFrom('routers')
    .select(['id', 'external_network_id'])
    .where('id', 'in', ids)
    .execute();
  const subnets = await subnetsOfRouters(db, ids);
  return asked
    .filter(
      ({ routerId, networkId }) =>
        !subnets.has(routerId) ||
        !rows.some((row) => row.id === routerId && row.external_network_id === networkId),
    )
    .map(({ routerId }) => routerId);
}
