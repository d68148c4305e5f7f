/** Reads from the store what plans are made from: a few queries for many units at once. */
import type { Kysely } from 'kysely';
import { Address, type Family, Mac, Prefix } from '../../addressing/index.ts';
import { addressesOf } from '../../resources/address-group/addresses.ts';
import type { AddressPolicy } from '../../resources/port/open-prefixes.ts';
import { routerGateway, routerInterface } from '../../resources/port/owners.ts';
import { protocolNumber } from '../../resources/security-group/protocol.ts';
import type {
  NetworkRow,
  PortRow,
  RetiredPrefixRow,
  SecurityGroupRuleRow,
  SubnetRow,
  Tables,
} from '../../store/tables.ts';
import { readHealthChecks } from './read-anycast.ts';
import { readLogging } from './read-logging.ts';
import type {
  AddressGroupRecord,
  FixedIp,
  Ipv6Mode,
  NetworkRecord,
  PortRecord,
  Route,
  RouterInterface,
  RouterRecord,
  SecurityGroupRecord,
  SecurityGroupRuleRecord,
  SubnetRecord,
} from './records.ts';

type Database = Kysely<Tables>;
type Ids = readonly string[];

/** All IPv6 addresses come after all IPv4 ones. */
const firstIpv6Key = Address.of(6, 0n).sortKey;

export async function readNetworks(db: Database, ids: Ids): Promise<NetworkRecord[]> {
  // PostgreSQL takes no empty list.
  if (ids.length === 0) return [];
  const rows = await db.selectFrom('networks').selectAll().where('id', 'in', ids).execute();
  const retired = await db
    .selectFrom('retired_prefixes')
    .selectAll()
    .where('network_id', 'in', ids)
    .orderBy('prefix')
    .execute();
  const byNetwork = Map.groupBy(retired, (row) => row.network_id);
  return rows.map((row) => networkRecord(row, byNetwork.get(row.id) ?? []));
}

/** Networks with the subnets on them, in the order in which these were made. */
export async function readNetworksWithSubnets(
  db: Database,
  ids: Ids,
): Promise<{ network: NetworkRecord; subnets: SubnetRecord[] }[]> {
  const networks = await readNetworks(db, ids);
  if (networks.length === 0) return [];
  const rows = await db
    .selectFrom('subnets')
    .selectAll()
    .where('network_id', 'in', ids)
    .orderBy('id')
    .execute();
  const byNetwork = Map.groupBy(rows, (row) => row.network_id);
  return networks.map((network) => ({
    network,
    subnets: (byNetwork.get(network.id) ?? []).map(subnetRecord),
  }));
}

export async function readSubnets(
  db: Database,
  ids: Ids,
): Promise<{ subnet: SubnetRecord; network: NetworkRecord }[]> {
  const rows = await db.selectFrom('subnets').selectAll().where('id', 'in', ids).execute();
  const networks = byId(await readNetworks(db, distinct(rows.map((row) => row.network_id))));
  return rows.flatMap((row) => {
    const network = networks.get(row.network_id);
    return network === undefined ? [] : [{ subnet: subnetRecord(row), network }];
  });
}

export async function readPorts(db: Database, ids: Ids): Promise<PortRecord[]> {
  const rows = await db.selectFrom('ports').selectAll().where('id', 'in', ids).execute();
  const networks = byId(await readNetworks(db, distinct(rows.map((row) => row.network_id))));
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
    rows.filter((row) => row.delegated_prefixes !== '[]').map((row) => row.network_id),
  );
  const checks = await readHealthChecks(db, ids);
  return rows.flatMap((row) => {
    const network = networks.get(row.network_id);
    if (network === undefined) return [];
    return [
      portRecord(row, {
        network,
        fixedIps: fixedIps.get(row.id) ?? [],
        securityGroups: (groups.get(row.id) ?? []).map((membership) => membership.security_group_id),
        routersToDelegated: row.delegated_prefixes === '[]' ? [] : (routers.get(row.network_id) ?? []),
        healthChecks: checks.get(row.id) ?? [],
      }),
    ];
  });
}

/** The router ports that have IPv6 addresses, by network. */
async function readIpv6RouterPorts(
  db: Database,
  networkIds: Ids,
): Promise<Map<string, PortRecord['routersToDelegated']>> {
  if (networkIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('ports')
    .select(['id', 'device_id', 'network_id'])
    .where('network_id', 'in', distinct(networkIds))
    .where('device_owner', '=', routerInterface)
    .where((on) =>
      on.exists(
        on
          .selectFrom('ip_allocations')
          .select('port_id')
          .whereRef('ip_allocations.port_id', '=', 'ports.id')
          .where('ip_allocations.address', '>=', firstIpv6Key),
      ),
    )
    .orderBy('id')
    .execute();
  const ports = rows.map((row) => ({ network: row.network_id, portId: row.id, routerId: row.device_id }));
  return Map.groupBy(ports, ({ network }) => network);
}

export async function readRouters(db: Database, ids: Ids): Promise<RouterRecord[]> {
  const rows = await db.selectFrom('routers').selectAll().where('id', 'in', ids).execute();
  const ports = await db
    .selectFrom('ports')
    .select(['id', 'network_id', 'device_id', 'device_owner'])
    .where('device_id', 'in', ids)
    .where('device_owner', 'in', [routerInterface, routerGateway])
    .orderBy('id')
    .execute();
  const fixedIps = await readFixedIps(
    db,
    ports.map((port) => port.id),
  );
  const byRouter = Map.groupBy(ports, (port) => port.device_id);
  return rows.map((row) => {
    const own = byRouter.get(row.id) ?? [];
    const withOwner = (owner: string): RouterInterface[] =>
      own
        .filter((port) => port.device_owner === owner)
        .map(({ id, network_id }) => ({
          portId: id,
          networkId: network_id,
          fixedIps: fixedIps.get(id) ?? [],
        }));
    return {
      id: row.id,
      adminStateUp: row.admin_state_up === 1,
      enableSnat: row.enable_snat === 1,
      multicastRelay: row.multicast_relay === 1,
      routes: routesIn(row.routes),
      interfaces: withOwner(routerInterface),
      gateway: withOwner(routerGateway)[0],
    };
  });
}

export async function readSecurityGroups(db: Database, ids: Ids): Promise<SecurityGroupRecord[]> {
  const rows = await db
    .selectFrom('security_groups')
    .select(['id', 'project_id', 'stateful'])
    .where('id', 'in', ids)
    .execute();
  const loggingOf = await readLogging(db, rows);
  const rules = await db
    .selectFrom('security_group_rules')
    .selectAll()
    .where('security_group_id', 'in', ids)
    .orderBy('id')
    .execute();
  const byGroup = Map.groupBy(rules, (rule) => rule.security_group_id);
  return rows.map((row) => ({
    id: row.id,
    logging: loggingOf(row),
    stateful: row.stateful === 1,
    rules: (byGroup.get(row.id) ?? []).map(ruleRecord),
  }));
}

export async function readAddressGroups(db: Database, ids: Ids): Promise<AddressGroupRecord[]> {
  const rows = await db.selectFrom('address_groups').select('id').where('id', 'in', ids).execute();
  const addresses = await addressesOf(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map(({ id }) => ({
    id,
    addresses: (addresses.get(id) ?? []).map((text) => Prefix.parse(text)),
  }));
}

/** The addresses of ports, in their order, by port. */
async function readFixedIps(db: Database, portIds: Ids): Promise<Map<string, FixedIp[]>> {
  if (portIds.length === 0) return new Map();
  const allocations = await db
    .selectFrom('ip_allocations')
    .select(['port_id', 'subnet_id', 'address'])
    .where('port_id', 'in', portIds)
    .orderBy('position')
    .orderBy('address')
    .execute();
  const subnetIds = distinct(allocations.map((row) => row.subnet_id));
  if (subnetIds.length === 0) return new Map();
  const rows = await db.selectFrom('subnets').selectAll().where('id', 'in', subnetIds).execute();
  const subnets = byId(rows.map(subnetRecord));
  const fixedIps = new Map<string, FixedIp[]>();
  for (const { port_id, subnet_id, address } of allocations) {
    const subnet = subnets.get(subnet_id);
    if (subnet === undefined) continue;
    const list = fixedIps.get(port_id) ?? [];
    list.push({ subnet, address: Address.fromSortKey(address) });
    fixedIps.set(port_id, list);
  }
  return fixedIps;
}

function networkRecord(row: NetworkRow, retired: readonly RetiredPrefixRow[]): NetworkRecord {
  return {
    id: row.id,
    adminStateUp: row.admin_state_up === 1,
    mtu: row.mtu,
    physicalNetwork: row.provider_physical_network,
    vlan: row.provider_network_type === 'vlan' ? row.provider_segmentation_id : null,
    dnsDomain: row.dns_domain,
    addressPolicy: row.address_policy as AddressPolicy,
    multicastSnooping: row.multicast_snooping === 1,
    retiredPrefixes: retired.map(({ prefix, expires_at }) => ({
      prefix: Prefix.parse(prefix),
      until: Date.parse(expires_at) / 1000,
    })),
  };
}

function subnetRecord(row: SubnetRow): SubnetRecord {
  return {
    id: row.id,
    family: row.ip_version,
    prefix: Prefix.parse(row.cidr),
    gateway: row.gateway_ip === null ? undefined : Address.parse(row.gateway_ip),
    enableDhcp: row.enable_dhcp === 1,
    raMode: row.ipv6_ra_mode as Ipv6Mode | null,
    addressMode: row.ipv6_address_mode as Ipv6Mode | null,
    dnsNameservers: (JSON.parse(row.dns_nameservers) as string[]).map((text) => Address.parse(text)),
    searchDomains: JSON.parse(row.dns_search_domains) as string[],
    hostRoutes: routesIn(row.host_routes),
    preferredLifetime: row.preferred_lifetime,
    validLifetime: row.valid_lifetime,
    routerLifetime: row.ra_router_lifetime,
    routerPreference: row.ra_router_preference as SubnetRecord['routerPreference'],
    pref64: row.pref64 === null ? undefined : Prefix.parse(row.pref64),
  };
}

type PortRelations = Pick<
  PortRecord,
  'network' | 'fixedIps' | 'securityGroups' | 'routersToDelegated' | 'healthChecks'
>;

function portRecord(row: PortRow, relations: PortRelations): PortRecord {
  const pairs = JSON.parse(row.allowed_address_pairs) as { ip_address: string; mac_address?: string }[];
  return {
    ...relations,
    id: row.id,
    mac: Mac.parse(row.mac_address),
    adminStateUp: row.admin_state_up === 1,
    deviceOwner: row.device_owner,
    deviceId: row.device_id,
    projectId: row.project_id,
    portSecurity: row.port_security_enabled === 1,
    allowedAddressPairs: [
      ...pairs.map(({ ip_address, mac_address }) => ({
        mac: mac_address === undefined ? undefined : Mac.parse(mac_address),
        address: ip_address,
      })),
      // What is asked at an anycast address is answered from there.
      ...relations.healthChecks.map(({ address }) => ({ mac: undefined, address: address.toString() })),
    ],
    addressPolicy: row.address_policy as AddressPolicy | null,
    role: row.device_role as PortRecord['role'],
    delegatedPrefixes: (JSON.parse(row.delegated_prefixes) as string[]).map((text) => Prefix.parse(text)),
    learnedAddresses: (JSON.parse(row.learned_addresses) as string[]).map((text) => Address.parse(text)),
    dnsName: row.dns_name,
    dhcpOptions: dhcpOptionsIn(row.extra_dhcp_opts),
  };
}

/** An option without a value is one that is not to be sent: there is nothing to say of it. */
function dhcpOptionsIn(json: string): PortRecord['dhcpOptions'] {
  const options = JSON.parse(json) as { opt_name: string; opt_value: string | null; ip_version?: Family }[];
  return options.flatMap(({ opt_name: name, opt_value: value, ip_version: family = 4 }) =>
    value === null ? [] : [{ name, value, family }],
  );
}

function ruleRecord(row: SecurityGroupRuleRow): SecurityGroupRuleRecord {
  const family: Family = row.ethertype === 'IPv6' ? 6 : 4;
  return {
    id: row.id,
    direction: row.direction === 'ingress' ? 'ingress' : 'egress',
    family,
    protocol: row.protocol === null ? null : protocolNumber(row.protocol),
    portRangeMin: row.port_range_min,
    portRangeMax: row.port_range_max,
    remotePrefix:
      row.remote_ip_prefix === null ? null : Prefix.parse(row.remote_ip_prefix, { hostBits: 'clear' }),
    remoteGroupId: row.remote_group_id,
    remoteAddressGroupId: row.remote_address_group_id,
  };
}

function routesIn(json: string): Route[] {
  const routes = JSON.parse(json) as { destination: string; nexthop: string }[];
  return routes.map(({ destination, nexthop }) => ({
    destination: Prefix.parse(destination),
    nexthop: Address.parse(nexthop),
  }));
}

function byId<T extends { readonly id: string }>(records: readonly T[]): Map<string, T> {
  return new Map(records.map((record) => [record.id, record]));
}

const distinct = (ids: Ids): string[] => [...new Set(ids)];
