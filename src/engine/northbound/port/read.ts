/** What ports are made from. */

import type { Kysely } from 'kysely';
import { Address } from '../../../addressing/index.ts';
import {
  type AnycastAddressRow,
  askingsOf,
  gatewayHostsOf,
  type PortForwardingRow,
  type PortRow,
  type QosRuleRow,
  ROUTER_GATEWAY,
  ROUTER_INTERFACE,
  type RouterAsking,
  type RouterTranslation,
  type Tables,
  translationsOf,
} from '../../../resources/index.ts';
import { type InsideRows, readInside } from '../egress-only/index.ts';
import { type FloatingIpSource, readFloatingIps, readTranslatedFloatingIps } from '../floating-ip/index.ts';
import { nat64PrefixesOf } from '../nat64/index.ts';
import { readQosRules } from '../qos.ts';
import { type FixedIpRows, readFixedIps } from '../records/fixed-ips.ts';
import { type NetworkRows, readNetworkRows } from '../records/network.ts';
import { readProxied } from '../records/proxied-addresses.ts';
import { valuesBy } from '../records/values-by.ts';

type Database = Kysely<Tables>;
type Ids = readonly string[];

/** A router's port by which its network's instances can be reached. */
export interface LeadingPort {
  readonly portId: string;
  readonly routerId: string;
}

/** Ports of an address to which those of a floating IP are forwarded. */
export type ForwardedRow = Pick<
  PortForwardingRow,
  'internal_port_id' | 'internal_ip_address' | 'protocol' | 'internal_port_start' | 'internal_port_end'
>;

/** An anycast address that a port's instance serves. */
export type ServedRow = Pick<AnycastAddressRow, 'id' | 'address' | 'health_check'>;

/** A port that is used by way of another one. */
export interface SubportRow {
  readonly id: string;
  readonly mac_address: string;
  readonly segmentation_id: number;
}

export interface PortSource {
  readonly id: string;
  readonly row: PortRow;
  readonly network: NetworkRows;
  /** In the order in which the port has them. */
  readonly fixedIps: readonly FixedIpRows[];
  readonly securityGroups: readonly string[];
  /** For a port with prefixes delegated to it. */
  readonly routersToDelegated: readonly LeadingPort[];
  readonly served: readonly ServedRow[];
  /** Hosts that its instance may move to, or comes from. */
  readonly furtherHosts: readonly string[];
  /** Of a router's gateway: an IPv6 address of the router inside, as a sort key. */
  readonly routerAddress: string | undefined;
  /** Of a router's gateway: by which IPv4 is reached from behind the router. */
  readonly nat64Prefixes: readonly string[];
  /** Of a router's gateway: floating IPs whose ports are forwarded. */
  readonly forwarded: readonly string[];
  /** Of its trunk, in the order of their VLANs. */
  readonly subports: readonly SubportRow[];
  /** Of a router's gateway: addresses of instances that it answers for. */
  readonly proxied: readonly string[];
  /** Of a router's gateway: floating IPs that its host translates between versions of IP. */
  readonly translated: readonly FloatingIpSource[];
  /** Of a router's gateway: the names in OVN of the hosts that it may be on. */
  readonly gatewayHosts: readonly string[];
  /** Of a port of a router. */
  readonly prefixTranslations: readonly RouterTranslation[];
  /** Of a router's gateway: what its host asks a provider for. */
  readonly asking: RouterAsking | undefined;
  /** Of a port of a router that lets in nothing but answers: what is behind the router. */
  readonly inside: InsideRows | undefined;
  /** What is forwarded to it. */
  readonly forwardings: readonly ForwardedRow[];
  /** Of its policy, or else of its network's. */
  readonly qosRules: readonly QosRuleRow[];
  /** Those that stand for one of its addresses. */
  readonly floatingIps: readonly FloatingIpSource[];
}

/** Ports with what they belong to. */
export async function readPorts(db: Database, ids: Ids): Promise<PortSource[]> {
  const rows = await db.selectFrom('ports').selectAll().where('id', 'in', ids).execute();
  const networks = await readNetworkRows(db, [...new Set(rows.map((row) => row.network_id))]);
  const fixedIps = await readFixedIps(db, ids);
  const memberships = await db
    .selectFrom('port_security_groups')
    .selectAll()
    .where('port_id', 'in', ids)
    .orderBy('security_group_id')
    .execute();
  const groups = Map.groupBy(memberships, (row) => row.port_id);
  const routers = await readIpv6RouterPorts(
    db,
    rows.filter(hasDelegated).map((row) => row.network_id),
  );
  const isGateway = ({ device_owner }: PortRow): boolean => device_owner === ROUTER_GATEWAY;
  const behind = rows.filter(isGateway).map((row) => row.device_id);
  const further = await readFurtherGateways(db, rows.filter(isGateway));
  /** The router that a port is the first gateway of: what takes one gateway is done by that. */
  const gatewayOf = (row: PortRow): string => (isGateway(row) && !further.has(row.id) ? row.device_id : '');
  const withGateway = rows.map(gatewayOf).filter((id) => id !== '');
  const routerIds = [...new Set(rows.map(routerOf).filter((id) => id !== ''))];
  const translations = await translationsOf(db, routerIds);
  const inside = await readInside(db, routerIds);
  const forwardings = await readForwardings(db, ids);
  const routerAddresses = await readRouterAddresses(db, behind);
  const nat64Prefixes = await nat64PrefixesOf(db, withGateway);
  const forwarded = await readForwarded(db, withGateway);
  const proxied = await readProxied(db, withGateway);
  const translated = Map.groupBy(
    withGateway.length === 0 ? [] : await readTranslatedFloatingIps(db, withGateway),
    ({ row }) => row.router_id ?? '',
  );
  const gatewayHosts = await gatewayHostsOf(
    db,
    rows.flatMap((row) => (gatewayOf(row) === '' ? [] : row.id)),
  );
  const askings = await askingsOf(db, withGateway);
  const served = await readServed(db, ids);
  const hosts = await readFurtherHosts(db, ids);
  const subports = await readSubports(db, ids);
  const policyOf = (row: PortRow): string | null =>
    row.qos_policy_id ??
    (row.device_owner.startsWith('network:')
      ? null
      : (networks.get(row.network_id)?.row.qos_policy_id ?? null));
  const qosRules = await readQosRules(
    db,
    rows.flatMap((row) => policyOf(row) ?? []),
  );
  const floatingIps = Map.groupBy(
    await readFloatingIps(db, ids, 'floatingips.port_id'),
    ({ row }) => row.port_id ?? '',
  );
  return rows.flatMap((row) => {
    const network = networks.get(row.network_id);
    if (network === undefined) return [];
    return [
      {
        id: row.id,
        row,
        network,
        fixedIps: fixedIps.get(row.id) ?? [],
        securityGroups: (groups.get(row.id) ?? []).map((membership) => membership.security_group_id),
        routersToDelegated: hasDelegated(row) ? (routers.get(row.network_id) ?? []) : [],
        routerAddress: isGateway(row) ? routerAddresses.get(row.device_id) : undefined,
        nat64Prefixes: nat64Prefixes.get(gatewayOf(row)) ?? [],
        forwarded: forwarded.get(gatewayOf(row)) ?? [],
        proxied: proxied.get(gatewayOf(row)) ?? [],
        translated: translated.get(gatewayOf(row)) ?? [],
        gatewayHosts: (gatewayHosts.get(row.id) ?? []).map(({ chassis }) => chassis),
        prefixTranslations: translations.get(routerOf(row)) ?? [],
        asking: askings.get(gatewayOf(row)),
        served: served.get(row.id) ?? [],
        furtherHosts: (hosts.get(row.id) ?? []).map(({ host }) => host),
        subports: subports.get(row.id) ?? [],
        inside: inside.get(routerOf(row)),
        forwardings: forwardings.get(row.id) ?? [],
        qosRules: qosRules.get(policyOf(row) ?? '') ?? [],
        floatingIps: floatingIps.get(row.id) ?? [],
      },
    ];
  });
}

/** The router that a port is an interface or the gateway of; empty for none. */
const routerOf = ({ device_owner, device_id }: PortRow): string =>
  device_owner === ROUTER_GATEWAY || device_owner === ROUTER_INTERFACE ? device_id : '';

const hasDelegated = (row: PortRow): boolean => row.delegated_prefixes !== '[]';

/** All IPv6 addresses come after all IPv4 ones; this one nobody has but in a subnet without a prefix. */
const firstIpv6Key = Address.of(6, 0n).sortKey;

/**
 * The router ports that have IPv6 addresses, by network; those of the network's own project alone. Who is a guest there
 * with a router must not have prefixes of others in it.
 */
async function readIpv6RouterPorts(db: Database, networkIds: Ids): Promise<Map<string, LeadingPort[]>> {
  if (networkIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('ports')
    .innerJoin('routers', 'routers.id', 'ports.device_id')
    .innerJoin('networks', 'networks.id', 'ports.network_id')
    .select(['ports.id', 'ports.device_id', 'ports.network_id'])
    .where('ports.network_id', 'in', [...new Set(networkIds)])
    .where('ports.device_owner', '=', ROUTER_INTERFACE)
    .whereRef('routers.project_id', '=', 'networks.project_id')
    .where((on) =>
      on.exists(
        on
          .selectFrom('ip_allocations')
          .select('port_id')
          .whereRef('ip_allocations.port_id', '=', 'ports.id')
          .where('ip_allocations.address', '>', firstIpv6Key),
      ),
    )
    .orderBy('ports.id')
    .execute();
  const ports = rows.map((row) => ({ network: row.network_id, portId: row.id, routerId: row.device_id }));
  return Map.groupBy(ports, ({ network }) => network);
}

/** Those that are gateways which a router has beside its first. */
async function readFurtherGateways(db: Database, ports: readonly PortRow[]): Promise<ReadonlySet<string>> {
  if (ports.length === 0) return new Set();
  const rows = await db
    .selectFrom('further_gateways')
    .select('port_id')
    .where(
      'port_id',
      'in',
      ports.map(({ id }) => id),
    )
    .execute();
  return new Set(rows.map(({ port_id }) => port_id));
}

/** The first IPv6 address that routers have on their interfaces, by router. */
async function readRouterAddresses(db: Database, routerIds: Ids): Promise<Map<string, string>> {
  if (routerIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('ports')
    .innerJoin('ip_allocations', 'ip_allocations.port_id', 'ports.id')
    .select(['ports.device_id', 'ip_allocations.address'])
    .where('ports.device_id', 'in', routerIds)
    .where('ports.device_owner', '=', ROUTER_INTERFACE)
    .where('ip_allocations.address', '>', firstIpv6Key)
    .orderBy('ip_allocations.address', 'desc')
    .execute();
  return new Map(rows.map(({ device_id, address }) => [device_id, address]));
}

/** The floating IPs of routers whose ports are forwarded, by router. */
async function readForwarded(db: Database, routerIds: Ids): Promise<Map<string, string[]>> {
  if (routerIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('floatingips')
    .innerJoin('port_forwardings', 'floatingip_id', 'floatingips.id')
    .select(['router_id', 'floating_ip_address'])
    .distinct()
    .where('router_id', 'in', routerIds)
    .orderBy('floating_ip_address')
    .execute();
  return valuesBy(
    rows,
    ({ router_id }) => router_id ?? '',
    ({ floating_ip_address }) => floating_ip_address,
  );
}

/** What is forwarded to ports, by port. */
async function readForwardings(db: Database, portIds: Ids): Promise<Map<string, ForwardedRow[]>> {
  const rows = await db
    .selectFrom('port_forwardings')
    .select(['internal_port_id', 'internal_ip_address', 'protocol'])
    .select(['internal_port_start', 'internal_port_end'])
    .where('internal_port_id', 'in', portIds)
    .orderBy('id')
    .execute();
  return Map.groupBy(rows, ({ internal_port_id }) => internal_port_id);
}

/** The anycast addresses that ports serve, by port. */
async function readServed(db: Database, portIds: Ids): Promise<Map<string, ServedRow[]>> {
  const rows = await db
    .selectFrom('anycast_members')
    .innerJoin('anycast_addresses', 'anycast_addresses.id', 'anycast_members.anycast_address_id')
    .select(['port_id', 'anycast_addresses.id', 'address', 'health_check'])
    .where('port_id', 'in', portIds)
    .orderBy('anycast_addresses.id')
    .execute();
  return Map.groupBy(rows, ({ port_id }) => port_id);
}

/** The subports of trunks, by the trunk's own port. */
async function readSubports(db: Database, portIds: Ids) {
  const rows = await db
    .selectFrom('trunks')
    .innerJoin('trunk_subports', 'trunk_subports.trunk_id', 'trunks.id')
    .innerJoin('ports', 'ports.id', 'trunk_subports.port_id')
    .select(['trunks.port_id as parent', 'ports.id', 'mac_address', 'segmentation_id'])
    .where('trunks.port_id', 'in', portIds)
    .orderBy('segmentation_id')
    .execute();
  return Map.groupBy(rows, ({ parent }) => parent);
}

async function readFurtherHosts(
  db: Database,
  portIds: Ids,
): Promise<Map<string, { port_id: string; host: string }[]>> {
  const rows = await db
    .selectFrom('port_bindings')
    .select(['port_id', 'host'])
    .where('port_id', 'in', portIds)
    .orderBy('host')
    .execute();
  return Map.groupBy(rows, ({ port_id }) => port_id);
}
