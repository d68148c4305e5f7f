/** What takes a router with one external gateway: what leaves by another would not be right there. */
import type { Kysely } from 'kysely';
import { Address, type Family } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Tables } from '../tables.ts';
import { gatewaysByRouter } from './gateways.ts';

type Database = Kysely<Tables>;

/** In words, as errors name it. */
export const [TRANSLATED_PREFIXES, FORWARDED_PORTS, OTHER_VERSION, DISTRIBUTED_IPV6] = [
  'translate prefixes (NPTv6)',
  'forward ports of floating IPs',
  'have floating IPs that stand for an address of the other version of IP',
  'have IPv6 leave by the hosts of its instances (distributed_ipv6)',
] as const;

/** @throws RequestError 409 when the router has several gateways */
export async function requireAlone(db: Database, routerId: string, what: string): Promise<void> {
  const further = await db
    .selectFrom('further_gateways')
    .select('port_id')
    .where('router_id', '=', routerId)
    .executeTakeFirst();
  if (further) throw errors.router.needsOneGateway({ id: routerId, what });
}

/**
 * To be asked when a router comes to have several gateways, or others.
 * @throws RequestError 409 when it does what takes one
 */
export async function requireOneGateway(
  db: Database,
  { id, distributed_ipv6: isDistributed }: { readonly id: string; readonly distributed_ipv6: boolean },
): Promise<void> {
  const refuse = (what: string) => errors.router.needsOneGateway({ id, what });
  if (isDistributed) throw refuse(DISTRIBUTED_IPV6);
  const translation = await db
    .selectFrom('nptv6_translations')
    .select('id')
    .where('router_id', '=', id)
    .executeTakeFirst();
  if (translation) throw refuse(TRANSLATED_PREFIXES);
  const floating = await db
    .selectFrom('floatingips')
    .select(['fixed_ip_address', 'floating_ip_address', 'floating_network_id'])
    .where('router_id', '=', id)
    .execute();
  for (const { fixed_ip_address: fixed, floating_ip_address: outer, floating_network_id } of floating) {
    if (fixed === null) throw refuse(FORWARDED_PORTS);
    const { family } = Address.parse(outer);
    if (Address.parse(fixed).family !== family) throw refuse(OTHER_VERSION);
    await requireWayOut(db, id, floating_network_id, family);
  }
}

/**
 * What a floating IP stands for must leave by the gateway on its network, whichever the default route is; OVN is told
 * that by a next hop's address, and a link-local one would not say by which port.
 * @throws RequestError 409 where the gateway of a router that has several knows no other next hop there
 */
export async function requireWayOut(
  db: Database,
  routerId: string,
  networkId: string,
  family: Family,
): Promise<void> {
  const gateways = (await gatewaysByRouter(db, [routerId])).get(routerId) ?? [];
  if (gateways.length < 2) return;
  const there = gateways.filter((one) => one.networkId === networkId).map(({ portId }) => portId);
  const hops = await db
    .selectFrom('ip_allocations')
    .innerJoin('subnets', 'subnets.id', 'ip_allocations.subnet_id')
    .select('gateway_ip')
    .where('port_id', 'in', there)
    .where('gateway_ip', 'is not', null)
    .execute();
  const isWay = (text: string | null) => {
    const hop = Address.parse(text ?? '');
    return hop.family === family && !hop.isLinkLocal;
  };
  if (there.length === 1 && hops.some(({ gateway_ip }) => isWay(gateway_ip))) return;
  throw errors.router.needsOneGateway({
    id: routerId,
    what: `have floating IPs of IPv${family} on network ${networkId}, where it has not one gateway alone, on a subnet with a gateway_ip that is not link-local`,
  });
}
