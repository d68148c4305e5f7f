/** Floating IPs that stand for an address of the other version of IP: what that takes, and what must stay for it. */
import type { Kysely } from 'kysely';
import { Address, type Family } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { findRow } from '../repository.ts';
import type { Tables, Tx } from '../tables.ts';
import type { FloatingIp } from './definition.ts';

type Database = Kysely<Tables>;
type Own = Pick<FloatingIp, 'id' | 'floating_ip_address'>;

/** Of an address of IPv4: by these bits it is known between router and translator. */
const TOLD_BY = 0x0fff_ffffn;

const familyOf = (text: string): Family => Address.parse(text).family;

/** @throws RequestError 400 when those outside would have no address on an instance's network */
export async function requireNat64Prefix(db: Database, portId: string, address: string): Promise<void> {
  const network = await db
    .selectFrom('ports')
    .innerJoin('networks', 'networks.id', 'ports.network_id')
    .select(['networks.id', 'nat64_prefix'])
    .where('ports.id', '=', portId)
    .executeTakeFirst();
  if (network && network.nat64_prefix === null)
    throw errors.floatingIp.noNat64Prefix({ address, network: network.id });
}

/** @throws RequestError 400 when the translator on the host of a router's gateway cannot lead to an address */
export async function requireTranslation(
  db: Database,
  floating: Own,
  address: string,
  routerId: string,
): Promise<void> {
  const about = { address, router: routerId };
  if (!(await hasIpv4Outside(db, routerId))) throw errors.floatingIp.gatewayWithoutIpv4(about);
  if (familyOf(address) === 4) return;
  const router = await findRow(db, 'routers', routerId);
  if (router?.enable_snat !== 1) throw errors.floatingIp.gatewayWithoutSnat(about);
  await requireToldApart(db, floating, routerId);
}

/** Whether the gateway of a router has an address of IPv4. */
async function hasIpv4Outside(db: Database, routerId: string): Promise<boolean> {
  const rows = await db
    .selectFrom('routers')
    .innerJoin('ip_allocations', 'ip_allocations.port_id', 'gateway_port_id')
    .select('ip_address')
    .where('routers.id', '=', routerId)
    .execute();
  return rows.some(({ ip_address }) => familyOf(ip_address) === 4);
}

async function requireToldApart(db: Database, floating: Own, routerId: string): Promise<void> {
  const told = ({ floating_ip_address }: Pick<Own, 'floating_ip_address'>) =>
    Address.parse(floating_ip_address).value & TOLD_BY;
  const like = (await translatedBy(db, routerId)).find(
    (other) =>
      other.id !== floating.id && familyOf(other.floating_ip_address) === 4 && told(other) === told(floating),
  );
  if (like) {
    throw errors.floatingIp.notToldApart({
      ...{ address: floating.floating_ip_address, other: like.floating_ip_address, router: routerId },
    });
  }
}

/** The floating IPs of a router that stand for an address of the other version. */
async function translatedBy(db: Database, routerId: string) {
  const rows = await db
    .selectFrom('floatingips')
    .select(['id', 'floating_ip_address', 'fixed_ip_address'])
    .where('router_id', '=', routerId)
    .where('fixed_ip_address', 'is not', null)
    .execute();
  return rows.filter(
    ({ floating_ip_address: floating, fixed_ip_address: fixed }) =>
      fixed !== null && familyOf(floating) !== familyOf(fixed),
  );
}

/**
 * To be asked when a router's gateway is another one.
 * @throws RequestError 409 when floating IPs that it translates would not be reached any more
 */
export async function requireTranslationKept(
  tx: Tx,
  { id, network }: { readonly id: string; readonly network: string },
  gateway: {
    readonly enable_snat?: boolean;
    readonly external_fixed_ips?: readonly { ip_address?: string }[];
  },
): Promise<void> {
  const users = await translatedBy(tx.db, id);
  if (users.length === 0) return;
  const hasIpv4 = (gateway.external_fixed_ips ?? []).some(
    ({ ip_address }) => ip_address !== undefined && familyOf(ip_address) === 4,
  );
  const needsSnat = users.some(({ floating_ip_address }) => familyOf(floating_ip_address) === 4);
  if (!hasIpv4 || (needsSnat && gateway.enable_snat === false))
    throw errors.router.gatewayInUseByFloatingIp({ id, network });
}

/** @throws RequestError 409 when a network loses the prefix by which a floating IP's clients are known there */
export async function requireNat64PrefixUnused(tx: Tx, networkId: string): Promise<void> {
  const rows = await tx.db
    .selectFrom('floatingips')
    .innerJoin('ports', 'ports.id', 'floatingips.port_id')
    .select(['floatingips.id', 'floating_ip_address', 'fixed_ip_address'])
    .where('ports.network_id', '=', networkId)
    .execute();
  const user = rows.find(
    ({ floating_ip_address: floating, fixed_ip_address: fixed }) =>
      familyOf(floating) === 4 && fixed !== null && familyOf(fixed) === 6,
  );
  if (user) throw errors.network.nat64PrefixInUse({ id: networkId, floatingIp: user.id });
}
