/** Which port a floating IP stands for, by which of its addresses and which router. */
import type { Kysely } from 'kysely';
import { Address, type Family } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { ROUTER_GATEWAY, ROUTER_INTERFACE } from '../port/owners.ts';
import { findRow } from '../repository.ts';
import { OTHER_VERSION, requireAlone, requireWayOut } from '../router/one-gateway.ts';
import type { Tables, Tx } from '../tables.ts';
import type { FloatingIp } from './definition.ts';
import { requireNat64Prefix, requireTranslation } from './other-version.ts';

type Database = Kysely<Tables>;

/** What a floating IP stands for. */
export type FloatingUse = Pick<FloatingIp, 'port_id' | 'fixed_ip_address' | 'router_id' | 'status'>;

/** An address of the port that a floating IP is to stand for. */
export interface InnerAddress {
  readonly portId: string;
  readonly subnetId: string;
  readonly address: string;
  readonly gateway: string | null;
}

export const addressFamily = (text: string): Family => Address.parse(text).family;

/**
 * The addresses of a port, in their order.
 * @throws RequestError 404 for a port that is not the caller's
 */
export async function innerAddresses(
  db: Database,
  context: Context,
  portId: string,
): Promise<InnerAddress[]> {
  const port = await findRow(db, 'ports', portId);
  if (!port || !(context.isAdmin || port.project_id === context.projectId))
    throw errors.notFound.port({ id: portId });
  const rows = await db
    .selectFrom('ip_allocations')
    .innerJoin('subnets', 'subnets.id', 'ip_allocations.subnet_id')
    .select(['subnet_id', 'ip_address', 'gateway_ip'])
    .where('port_id', '=', portId)
    .orderBy('position')
    .execute();
  return rows.map((row) => ({
    portId,
    subnetId: row.subnet_id,
    address: row.ip_address,
    gateway: row.gateway_ip,
  }));
}

/**
 * Decides which address of a port is meant.
 * @param families that the floating IP may be of, the preferred one first
 * @param wish an address of the port
 * @returns one of these families unless another is wished for, or the port's only address is of another
 * @throws RequestError 404 for a port that is not the caller's, 400 when no address, or more than one, can be meant
 */
export async function chooseInner(
  db: Database,
  context: Context,
  portId: string,
  wish: string | null,
  families: readonly Family[],
): Promise<InnerAddress> {
  const all = await innerAddresses(db, context, portId);
  if (wish !== null) {
    const chosen = all.find(({ address }) => address === wish);
    if (chosen === undefined) throw errors.floatingIp.notOfPort({ port: portId, address: wish });
    return chosen;
  }
  for (const family of families) {
    const [only, ...others] = all.filter(({ address }) => addressFamily(address) === family);
    if (others.length > 0) throw errors.floatingIp.severalAddresses({ port: portId, family });
    if (only !== undefined) return only;
  }
  // Of the other version, where that can be translated.
  const [only, ...others] = all;
  if (only !== undefined && others.length === 0) return only;
  throw errors.floatingIp.noAddress({ port: portId, families: families.map((family) => `IPv${family}`) });
}

/**
 * Has a floating IP stand for an address of a port.
 * @throws RequestError 404 when no router leads from one to the other, 409 when the address has a floating IP there, or
 *   the router has several gateways and what it sends would not leave by the right one, 400
 *   when ports of one lead to the port, or the address is of another version of IP and nothing translates
 */
export async function useFor(
  tx: Tx,
  floating: Pick<FloatingIp, 'id' | 'floating_network_id' | 'floating_ip_address'>,
  inner: InnerAddress,
): Promise<FloatingUse> {
  const { floating_network_id: networkId } = floating;
  const { portId, subnetId, address } = inner;
  const isTranslated = addressFamily(address) !== addressFamily(floating.floating_ip_address);
  if (isTranslated && addressFamily(address) === 6) await requireNat64Prefix(tx.db, portId, address);
  await requireNotForwarded(tx.db, portId, addressFamily(address));
  const twin = await tx.db
    .selectFrom('floatingips')
    .select('id')
    .where('port_id', '=', portId)
    .where('fixed_ip_address', '=', address)
    .where('floating_network_id', '=', networkId)
    .where('id', '!=', floating.id)
    .executeTakeFirst();
  if (twin) {
    throw errors.floatingIp.portAlreadyAssociated({
      ...{ id: floating.id, address: floating.floating_ip_address },
      ...{ port: portId, fixedIp: address, network: networkId },
    });
  }
  const router = await routerBetween(tx.db, networkId, inner);
  if (router === undefined)
    throw errors.floatingIp.noRouter({ network: networkId, subnet: subnetId, port: portId });
  if (isTranslated) {
    await requireAlone(tx.db, router, OTHER_VERSION);
    await requireTranslation(tx.db, floating, address, router);
  } else {
    await requireOneOutside(tx.db, floating, inner, router);
    await requireWayOut(tx.db, router, networkId, addressFamily(address));
  }
  return { port_id: portId, fixed_ip_address: address, router_id: router, status: 'ACTIVE' };
}

/** @throws RequestError 409 when what the address sends leaves by another gateway of the router, for a floating IP there */
async function requireOneOutside(
  db: Database,
  { id }: Pick<FloatingIp, 'id'>,
  { portId, address }: InnerAddress,
  routerId: string,
): Promise<void> {
  const other = await db
    .selectFrom('floatingips')
    .select('floating_ip_address')
    .where('port_id', '=', portId)
    .where('fixed_ip_address', '=', address)
    .where('router_id', '=', routerId)
    .where('id', '!=', id)
    .executeTakeFirst();
  if (other)
    throw errors.router.needsOneGateway({
      id: routerId,
      what: `have ${address} stand behind ${other.floating_ip_address} and another floating IP`,
    });
}

/** What a port sends would leave with the one floating IP, and with the other. */
async function requireNotForwarded(db: Database, portId: string, family: Family): Promise<void> {
  const forwarded = await db
    .selectFrom('port_forwardings')
    .select('internal_ip_address')
    .where('internal_port_id', '=', portId)
    .execute();
  if (forwarded.some(({ internal_ip_address }) => addressFamily(internal_ip_address) === family))
    throw errors.portForwarding.portForwarded({ port: portId });
}

/** The router by which a network outside reaches an address: that which is the subnet's gateway, if there are several. */
export async function routerBetween(
  db: Database,
  networkId: string,
  { subnetId, gateway }: InnerAddress,
): Promise<string | undefined> {
  const routers = await routersBetween(db, networkId, subnetId);
  return (routers.find(({ ip_address }) => ip_address === gateway) ?? routers[0])?.id;
}

/** The routers with an interface on the subnet and their gateway on the network, and their addresses there. */
const routersBetween = (db: Database, networkId: string, subnetId: string) =>
  db
    .selectFrom('ports as inner')
    .innerJoin('ip_allocations', 'ip_allocations.port_id', 'inner.id')
    .innerJoin('ports as outer', 'outer.device_id', 'inner.device_id')
    .select(['inner.device_id as id', 'ip_address'])
    .where('subnet_id', '=', subnetId)
    .where('inner.device_owner', '=', ROUTER_INTERFACE)
    .where('outer.device_owner', '=', ROUTER_GATEWAY)
    .where('outer.network_id', '=', networkId)
    .orderBy('inner.id')
    .execute();
