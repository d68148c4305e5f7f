/**
 * What BGP speakers advertise, by Neutron's rule: subnets from pools of the address scope that the external subnet's pool
 * is of, and floating IPs, each by the address that the router has outside. Beyond it, what is delegated to instances
 * from such pools, and external prefixes of translations from them.
 */
import type { Kysely } from 'kysely';
import { Address, type Family, Prefix } from '../../addressing/index.ts';
import { isTranslated } from '../nptv6-translation/rules.ts';
import { ROUTER_INTERFACE } from '../port/owners.ts';
import { slices } from '../repository.ts';
import { isUndelegated } from '../subnet/undelegated.ts';
import type { Tables } from '../tables.ts';
import { addressesOfPorts } from './port-addresses.ts';

/** A route, as the API has it. */
export interface AdvertisedRoute {
  readonly destination: string;
  readonly next_hop: string;
}

/** What a router with a gateway has that may be advertised; prefixes come with the address scopes of their pools. */
export interface AdvertisedReach {
  /** Its addresses on the external network. */
  readonly outside: readonly Address[];
  /** The address scopes of the external network's subnets. */
  readonly scopes: ReadonlySet<string>;
  /** Of its interfaces, delegated to instances behind it, and those that stand outside for any of these. */
  readonly inside: readonly { readonly prefix: Prefix; readonly scope: string | null }[];
  readonly floating: readonly Address[];
}

/** What of a speaker says what it advertises. */
export interface SpeakerWish {
  readonly family: Family;
  readonly tenantNetworks: boolean;
  readonly floatingIps: boolean;
}

/** The routes to what is behind one router, each destination once. Pure. */
export function advertisedRoutes(wish: SpeakerWish, reach: AdvertisedReach): AdvertisedRoute[] {
  const nextHop = reach.outside.find(({ family }) => family === wish.family);
  if (nextHop === undefined) return [];
  const prefixes = reach.inside.flatMap(({ prefix, scope }) =>
    scope !== null && reach.scopes.has(scope) ? prefix : [],
  );
  const hosts = reach.floating.map((address) => Prefix.of(address, address.family === 6 ? 128 : 32));
  const destinations = [...(wish.floatingIps ? hosts : []), ...(wish.tenantNetworks ? prefixes : [])]
    .filter(({ family }) => family === wish.family)
    .map(String);
  return Array.from(new Set(destinations), (destination) => ({ destination, next_hop: `${nextHop}` }));
}

/** A router that a speaker speaks for. */
export interface SpokenRouter {
  readonly routerId: string;
  readonly networkId: string;
  readonly gatewayPortId: string;
  /** Of the gateway's port. */
  readonly mac: string;
  readonly routes: readonly AdvertisedRoute[];
}

type Database = Kysely<Tables>;

/** A speaker with its networks. */
export interface SpeakerOnNetworks {
  readonly ip_version: Family;
  readonly advertise_tenant_networks: boolean;
  readonly advertise_floating_ip_host_routes: boolean;
  readonly networks: readonly string[];
}

/** The routers with a gateway on a speaker's networks that are up, and what is advertised of each. */
export async function advertisedBy(db: Database, speaker: SpeakerOnNetworks): Promise<SpokenRouter[]> {
  const routers: SpokenRouter[] = [];
  const wish = {
    family: speaker.ip_version,
    tenantNetworks: speaker.advertise_tenant_networks,
    floatingIps: speaker.advertise_floating_ip_host_routes,
  };
  const scopes = await scopesOn(db, speaker.networks, wish.family);
  for (const slice of slices(await routersOn(db, speaker.networks))) {
    const ids = slice.map(({ id }) => id);
    const outside = await addressesOfPorts(
      db,
      slice.map(({ gateway_port_id }) => gateway_port_id),
    );
    const inside = Map.groupBy(
      [...(await subnetsBehind(db, ids)), ...(await delegatedBehind(db, ids))],
      byId,
    );
    const translated = Map.groupBy(await translatedTo(db, ids), byId);
    const floating = Map.groupBy(await floatingOf(db, ids), byId);
    for (const { id, networkId, gateway_port_id, mac_address } of slice) {
      const reach = {
        outside: (outside.get(gateway_port_id) ?? []).map((text) => Address.parse(text)),
        scopes: scopes.get(networkId) ?? new Set<string>(),
        inside: knownOutside(inside.get(id) ?? [], translated.get(id) ?? []),
        floating: (floating.get(id) ?? [])
          .filter((one) => one.networkId === networkId)
          .map(({ address }) => address),
      };
      routers.push({
        ...{ routerId: id, networkId, gatewayPortId: gateway_port_id, mac: mac_address },
        routes: advertisedRoutes(wish, reach),
      });
    }
  }
  return routers;
}

const byId = ({ id }: { readonly id: string }): string => id;

async function routersOn(db: Database, networkIds: readonly string[]) {
  if (networkIds.length === 0) return [];
  return db
    .selectFrom('routers')
    .innerJoin('ports', 'ports.id', 'gateway_port_id')
    .select(['routers.id', 'external_network_id as networkId', 'ports.id as gateway_port_id', 'mac_address'])
    .where('external_network_id', 'in', networkIds)
    .where('routers.admin_state_up', '=', 1)
    .orderBy('routers.id')
    .$narrowType<{ networkId: string }>()
    .execute();
}

/** The address scopes of networks' subnets of a family, by network. */
async function scopesOn(
  db: Database,
  networkIds: readonly string[],
  family: Family,
): Promise<Map<string, Set<string>>> {
  const scopes = new Map<string, Set<string>>();
  if (networkIds.length === 0) return scopes;
  const rows = await db
    .selectFrom('subnets')
    .innerJoin('subnetpools', 'subnetpools.id', 'subnetpool_id')
    .select(['network_id', 'address_scope_id'])
    .where('network_id', 'in', networkIds)
    .where('subnets.ip_version', '=', family)
    .where('address_scope_id', 'is not', null)
    .execute();
  for (const { network_id, address_scope_id } of rows)
    scopes.getOrInsertComputed(network_id, () => new Set()).add(address_scope_id ?? '');
  return scopes;
}

async function subnetsBehind(db: Database, routerIds: readonly string[]) {
  const rows = await db
    .selectFrom('ports')
    .innerJoin('ip_allocations', 'ip_allocations.port_id', 'ports.id')
    .innerJoin('subnets', 'subnets.id', 'ip_allocations.subnet_id')
    .innerJoin('subnetpools', 'subnetpools.id', 'subnets.subnetpool_id')
    .select(['device_id as id', 'subnets.cidr', 'address_scope_id as scope'])
    .where('device_id', 'in', routerIds)
    .where('device_owner', '=', ROUTER_INTERFACE)
    .orderBy('subnets.id')
    .execute();
  return rows
    .filter((row) => !isUndelegated(row))
    .map(({ id, cidr, scope }) => ({ id, prefix: Prefix.parse(cidr), scope }));
}

/** What instances have from pools, on networks of the routers' own projects: routers lead to those alone. */
async function delegatedBehind(db: Database, routerIds: readonly string[]) {
  const rows = await db
    .selectFrom('ports as interfaces')
    .innerJoin('routers', 'routers.id', 'interfaces.device_id')
    .innerJoin('networks', 'networks.id', 'interfaces.network_id')
    .innerJoin('ports', 'ports.network_id', 'networks.id')
    .innerJoin('pool_delegations', 'pool_delegations.port_id', 'ports.id')
    .innerJoin('subnetpools', 'subnetpools.id', 'pool_delegations.subnetpool_id')
    .select(['routers.id', 'pool_delegations.prefix', 'address_scope_id as scope'])
    .where('interfaces.device_id', 'in', routerIds)
    .where('interfaces.device_owner', '=', ROUTER_INTERFACE)
    .whereRef('routers.project_id', '=', 'networks.project_id')
    .orderBy('pool_delegations.prefix')
    .execute();
  return rows.map(({ id, prefix, scope }) => ({ id, prefix: Prefix.parse(prefix), scope }));
}

/** What stands outside for prefixes behind routers, with the address scopes of their pools. */
async function translatedTo(db: Database, routerIds: readonly string[]) {
  const rows = await db
    .selectFrom('nptv6_translations')
    .innerJoin('subnetpools', 'subnetpools.id', 'subnetpool_id')
    .select(['router_id as id', 'internal_prefix', 'external_prefix', 'address_scope_id as scope'])
    .where('router_id', 'in', routerIds)
    .orderBy('external_prefix')
    .execute();
  return rows.map(({ id, internal_prefix, external_prefix, scope }) => ({
    ...{ id, scope, internal: Prefix.parse(internal_prefix), prefix: Prefix.parse(external_prefix ?? '') },
  }));
}

/** What is translated is known outside by its external prefix alone. */
const knownOutside = (
  inside: AdvertisedReach['inside'],
  translated: readonly (AdvertisedReach['inside'][number] & { readonly internal: Prefix })[],
): AdvertisedReach['inside'] => [
  ...inside.filter(({ prefix }) => !isTranslated(prefix, translated)),
  ...translated,
];

async function floatingOf(db: Database, routerIds: readonly string[]) {
  const rows = await db
    .selectFrom('floatingips')
    .select(['router_id as id', 'floating_network_id as networkId', 'floating_ip_address'])
    .where('router_id', 'in', routerIds)
    .orderBy('floating_ip_address')
    .$narrowType<{ id: string }>()
    .execute();
  return rows.map(({ id, networkId, floating_ip_address }) => ({
    ...{ id, networkId, address: Address.parse(floating_ip_address) },
  }));
}
