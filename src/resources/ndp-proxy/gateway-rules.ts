/** What a router's gateway has to be for NDP proxies, and what these keep from happening to it and its interfaces. */
import type { Kysely } from 'kysely';
import { Address } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Tables, Tx } from '../tables.ts';

type Database = Kysely<Tables>;

/** The address scope of a network's IPv6 subnets; null for none. */
export async function ipv6ScopeOf(db: Database, networkId: string): Promise<string | null> {
  const row = await db
    .selectFrom('subnets')
    .innerJoin('subnetpools', 'subnetpools.id', 'subnetpool_id')
    .select('address_scope_id')
    .where('network_id', '=', networkId)
    .where('subnets.ip_version', '=', 6)
    .where('address_scope_id', 'is not', null)
    .executeTakeFirst();
  return row?.address_scope_id ?? null;
}

/** A router's external gateway, as the API has it. */
type Gateway = {
  readonly network_id: string;
  readonly external_fixed_ips?: readonly { readonly ip_address?: string }[];
} | null;

const hasIpv6 = (gateway: NonNullable<Gateway>): boolean =>
  (gateway.external_fixed_ips ?? []).some(
    ({ ip_address }) => ip_address !== undefined && Address.parse(ip_address).family === 6,
  );

/**
 * Whether a new router may answer for instances.
 * @throws RequestError 409
 */
export async function requireProxyGateway(db: Database, router: string, gateway: Gateway): Promise<void> {
  if (gateway === null) {
    const reason = 'The request body not contain external gateway information';
    throw errors.ndpProxy.gatewayNotValid({ router, reason });
  }
  // An address scope is that of subnets: with one, the network has a subnet of IPv6.
  if ((await ipv6ScopeOf(db, gateway.network_id)) !== null) return;
  const reason = `The external network ${gateway.network_id} don't support IPv6 ndp proxy, the network has no IPv6 subnets or has no IPv6 address scope`;
  throw errors.ndpProxy.gatewayNotValid({ router, reason });
}

/**
 * Whether a router that is changed may answer for instances, or go on to do so.
 * @param isAsked whether it is asked to
 * @param before its gateway until now
 * @param after from now on
 * @throws RequestError 409
 */
export async function requireProxyKept(
  tx: Tx,
  { id, isAsked, isEnabled }: { readonly id: string; readonly isAsked: boolean; readonly isEnabled: boolean },
  before: Gateway,
  after: Gateway,
): Promise<void> {
  if (before !== null && before.network_id !== after?.network_id) {
    const user = await tx.db
      .selectFrom('ndp_proxies')
      .select('id')
      .where('router_id', '=', id)
      .executeTakeFirst();
    if (user) throw errors.ndpProxy.gatewayInUse({ router: id });
    if (isAsked && after === null) {
      const reason = "The router's external gateway will be unset";
      throw errors.ndpProxy.gatewayNotValid({ router: id, reason });
    }
  }
  if (!isAsked && !(isEnabled && after !== null)) return;
  const isValid = after !== null && hasIpv6(after) && (await ipv6ScopeOf(tx.db, after.network_id)) !== null;
  if (isValid) return;
  if (!isAsked) throw errors.ndpProxy.ipv6GatewayInUse({ router: id });
  const reason =
    'The router has no external gateway or the external gateway port has no IPv6 address or IPv6 address scope';
  throw errors.ndpProxy.gatewayNotValid({ router: id, reason });
}

/** @throws RequestError 409 when a router answers for an address on the subnet */
export async function requireSubnetUnproxied(tx: Tx, routerId: string, subnetId: string): Promise<void> {
  const user = await tx.db
    .selectFrom('ndp_proxies')
    .innerJoin('ip_allocations', (join) =>
      join
        .onRef('ip_allocations.port_id', '=', 'ndp_proxies.port_id')
        .onRef('ip_allocations.ip_address', '=', 'ndp_proxies.ip_address'),
    )
    .select('ndp_proxies.id')
    .where('router_id', '=', routerId)
    .where('subnet_id', '=', subnetId)
    .executeTakeFirst();
  if (user) throw errors.ndpProxy.interfaceInUse({ router: routerId, subnet: subnetId });
}
