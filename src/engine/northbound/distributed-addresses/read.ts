/** What of ports leaves by their own hosts is made from. */
import type { Kysely } from 'kysely';
import {
  type NetworkRow,
  type PortRow,
  ROUTER_INTERFACE,
  type Tables,
  translationsOf,
} from '../../../resources/index.ts';
import { statement } from '../../../store/index.ts';
import { nat64PrefixesOf } from '../nat64/index.ts';
import { type FixedIpRows, readFixedIps } from '../records/fixed-ips.ts';
import { type IsReached, readReach } from '../records/reaching-hosts.ts';
import { readScopes } from '../records/scopes.ts';
import { valuesBy } from '../records/values-by.ts';

type Database = Kysely<Tables>;
type Ids = readonly string[];

/** A router that has its instances' IPv6 leave by their own hosts, by its interface on a port's network. */
export interface DistributingRouter {
  readonly id: string;
  /** That the interface is on. */
  readonly subnetIds: readonly string[];
  /** The external network, which the port's host reaches. */
  readonly outside: Pick<NetworkRow, 'id' | 'provider_physical_network' | 'provider_segmentation_id'>;
}

/** What ports have to be that anything of theirs leaves by their own hosts. */
type PortTraits = Pick<
  PortRow,
  | 'id'
  | 'network_id'
  | 'device_owner'
  | 'status'
  | 'port_security_enabled'
  | 'allowed_address_pairs'
  | 'binding_host_id'
  | 'binding_vnic_type'
  | 'binding_profile'
>;

export interface DistributedAddressesSource {
  /** Of the port. */
  readonly id: string;
  readonly row: PortTraits;
  readonly fixedIps: readonly FixedIpRows[];
  /** In a certain order. */
  readonly routers: readonly DistributingRouter[];
  /** Addresses that something else stands for, which is on the gateway's host or has another address outside. */
  readonly otherwise: readonly string[];
}

const portsWithIds = statement((db: Database, ids: Ids) =>
  db
    .selectFrom('ports')
    .select(['id', 'network_id', 'device_owner', 'status', 'port_security_enabled', 'allowed_address_pairs'])
    .select(['binding_host_id', 'binding_vnic_type', 'binding_profile'])
    .where('id', 'in', ids)
    .orderBy('id'),
);

/** Ports on networks with a router that has IPv6 leave by their own hosts, where these reach the external network. */
export async function readDistributedAddresses(
  db: Database,
  ids: Ids,
): Promise<DistributedAddressesSource[]> {
  const rows = await portsWithIds.all(db, ids);
  if (rows.length === 0) return [];
  const interfaces = await readInterfaces(db, [...new Set(rows.map(({ network_id }) => network_id))]);
  const concerned = rows.filter(({ network_id }) => interfaces.has(network_id));
  if (concerned.length === 0) return [];
  const portIds = concerned.map(({ id }) => id);
  const onRouters = [...interfaces.values()].flat();
  const fixedIps = await readFixedIps(db, [...portIds, ...onRouters.map(({ portId }) => portId)]);
  const hosts = await readFurtherHosts(db, portIds);
  const isReached = await readReach(db);
  const otherwise = await readOtherwise(db, portIds);
  return concerned.map((row) => ({
    id: row.id,
    row,
    fixedIps: fixedIps.get(row.id) ?? [],
    routers: (interfaces.get(row.network_id) ?? [])
      .filter(({ outside }) => isReachedFrom(isReached, row, hosts.get(row.id) ?? [], outside))
      .map(({ id, portId, outside }) => ({
        ...{ id, outside },
        subnetIds: (fixedIps.get(portId) ?? []).map(({ subnet }) => subnet.id),
      })),
    otherwise: otherwise.get(row.id) ?? [],
  }));
}

/**
 * Asked for each port that is made: where no router has IPv6 leave so, it is all that ports cost here. In no order: for
 * one, SQLite goes along the interfaces of all routers.
 */
const interfacesOn = statement((db: Database, networkIds: Ids) =>
  db
    .selectFrom('routers')
    .innerJoin('ports', 'ports.device_id', 'routers.id')
    .innerJoin('networks as outside', 'outside.id', 'external_network_id')
    .select(['routers.id', 'ports.id as portId', 'ports.network_id as networkId'])
    .select(['outside.id as outsideId', 'outside.provider_physical_network'])
    .select('outside.provider_segmentation_id')
    .where('distributed_ipv6', '=', 1)
    .where('device_owner', '=', ROUTER_INTERFACE)
    .where('ports.network_id', 'in', networkIds),
);

interface AttachedInterface extends Omit<DistributingRouter, 'subnetIds'> {
  readonly portId: string;
  readonly networkId: string;
}

/**
 * By network, the interfaces of routers that have IPv6 leave by its instances' own hosts. Both ends are of one address
 * scope: hosts answer outside for what is in it, and nobody has it behind another router. What NAT64 translates is led to
 * the translator by the gateway's host, and what has another prefix outside is not known there by its own address: a router
 * that does either does nothing else.
 */
async function readInterfaces(db: Database, networkIds: Ids): Promise<Map<string, AttachedInterface[]>> {
  const rows = await interfacesOn.all(db, networkIds);
  if (rows.length === 0) return new Map();
  const networks = rows.flatMap(({ networkId, outsideId }) => [networkId, outsideId]);
  const scopes = await readScopes(db, [...new Set(networks)]);
  const routers = [...new Set(rows.map(({ id }) => id))];
  const nat64 = await nat64PrefixesOf(db, routers);
  const translations = await translationsOf(db, routers);
  const scopeOf = (id: string): string | null => scopes.get(id)?.[6] ?? null;
  const interfaces = rows
    .filter(
      ({ networkId, outsideId }) => scopeOf(outsideId) !== null && scopeOf(networkId) === scopeOf(outsideId),
    )
    .filter(({ id }) => !nat64.has(id) && !translations.has(id))
    .sort((one, other) => (one.portId < other.portId ? -1 : 1))
    .map(({ outsideId, provider_physical_network, provider_segmentation_id, ...rest }) => ({
      ...rest,
      outside: { id: outsideId, provider_physical_network, provider_segmentation_id },
    }));
  return Map.groupBy(interfaces, ({ networkId }) => networkId);
}

/** While an instance moves, both hosts count. */
const isReachedFrom = (
  isReached: IsReached,
  { binding_host_id: host }: PortTraits,
  further: readonly string[],
  { provider_physical_network: physicalNetwork }: DistributingRouter['outside'],
): boolean => isReached(host === '' ? [] : [host, ...further], physicalNetwork);

async function readFurtherHosts(db: Database, portIds: Ids): Promise<Map<string, string[]>> {
  const rows = await db
    .selectFrom('port_bindings')
    .select(['port_id', 'host'])
    .where('port_id', 'in', portIds)
    .orderBy('host')
    .execute();
  return byPort(rows, ({ host }) => host);
}

/** Addresses with floating IPs, or that ports are forwarded to, or that the gateway's host answers for, by port. */
async function readOtherwise(db: Database, portIds: Ids): Promise<Map<string, string[]>> {
  const floating = await db
    .selectFrom('floatingips')
    .select(['port_id', 'fixed_ip_address as address'])
    .where('port_id', 'in', portIds)
    .execute();
  const forwarded = await db
    .selectFrom('port_forwardings')
    .select(['internal_port_id as port_id', 'internal_ip_address as address'])
    .where('internal_port_id', 'in', portIds)
    .execute();
  const proxied = await db
    .selectFrom('ndp_proxies')
    .innerJoin('routers', 'routers.id', 'router_id')
    .select(['port_id', 'ip_address as address'])
    .where('port_id', 'in', portIds)
    .where('enable_ndp_proxy', '=', 1)
    .execute();
  return byPort([...floating, ...forwarded, ...proxied], ({ address }) => address ?? '');
}

const byPort = <Row extends { readonly port_id: string | null }>(
  rows: readonly Row[],
  value: (row: Row) => string,
): Map<string, string[]> => valuesBy(rows, ({ port_id }) => port_id ?? '', value);
