/** One external gateway of a router: its port, who may say what of it, and its QoS policy. */
import type { Kysely } from 'kysely';
import { Address } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { requireExternal } from '../network/operations.ts';
import { canSeeNetwork } from '../network/sharing.ts';
import { requirePolicyAtGateway } from '../policy/use.ts';
import { createPort } from '../port/creation.ts';
import { port } from '../port/definition.ts';
import { ROUTER_GATEWAY } from '../port/owners.ts';
import { findRow, fromRow, slices, updateRow } from '../repository.ts';
import { networkWithSubnets } from '../subnet/rows.ts';
import type { RouterRow, Tables, Tx } from '../tables.ts';
import type { Router } from './definition.ts';
import type { RouterGateway } from './gateways.ts';
import { checkAnycastOffLink, portDefaults } from './interfaces.ts';
import { routerAddressesOf } from './router-addresses.ts';
import { checkAttach, checkGatewayAddresses } from './rules.ts';

/** A gateway as the API has it. */
export type GatewayInfo = NonNullable<Router['external_gateway_info']>;

/** What the API says of routers' gateways, by router, each list in the order of its gateways. */
export async function gatewayInfosOf(
  db: Kysely<Tables>,
  rows: readonly Pick<RouterRow, 'id' | 'enable_snat'>[],
  gateways: ReadonlyMap<string, readonly RouterGateway[]>,
): Promise<Map<string, GatewayInfo[]>> {
  const addresses = new Map<string, { subnet_id: string; ip_address: string }[]>();
  const policies = new Map<string, string | null>();
  for (const ids of slices([...gateways.values()].flat().map(({ portId }) => portId))) {
    const allocations = await db
      .selectFrom('ip_allocations')
      .select(['port_id', 'subnet_id', 'address'])
      .where('port_id', 'in', ids)
      .orderBy('position')
      .execute();
    for (const { port_id, subnet_id, address } of allocations)
      addresses
        .getOrInsertComputed(port_id, () => [])
        .push({ subnet_id, ip_address: Address.fromSortKey(address).toString() });
    const ports = await db
      .selectFrom('ports')
      .select(['id', 'qos_policy_id'])
      .where('id', 'in', ids)
      .execute();
    for (const { id, qos_policy_id } of ports) policies.set(id, qos_policy_id);
  }
  return new Map(
    rows.map((row) => [
      row.id,
      (gateways.get(row.id) ?? []).map(({ portId, networkId }) => ({
        network_id: networkId,
        enable_snat: row.enable_snat === 1,
        external_fixed_ips: addresses.get(portId) ?? [],
        qos_policy_id: policies.get(portId) ?? null,
      })),
    ]),
  );
}

/**
 * Which address a router has outside, and whether IPv4 sources are translated, concerns others on that network.
 * @param current what there is: who asks for that asks for nothing
 * @throws RequestError 403
 */
export function checkGatewayPolicy(
  context: Context,
  wish: GatewayInfo | null,
  current: GatewayInfo | null,
): void {
  if (context.isAdmin || wish === null) return;
  const isKept = isSameGateway(current, wish);
  if (wish.external_fixed_ips !== undefined && !isKept)
    throw errors.router.gatewayOfAdmins({ key: 'external_fixed_ips' });
  const given = isKept ? current?.enable_snat : true;
  if ((wish.enable_snat ?? given) !== given) throw errors.router.gatewayOfAdmins({ key: 'enable_snat' });
}

/** Whether the wish asks for what is there, but for enable_snat. */
export function isSameGateway(current: GatewayInfo | null, wish: GatewayInfo): boolean {
  if (current?.network_id !== wish.network_id) return false;
  if (wish.external_fixed_ips === undefined) return true;
  const held = current.external_fixed_ips ?? [];
  return (
    held.length === wish.external_fixed_ips.length &&
    wish.external_fixed_ips.every((one) =>
      held.some(
        ({ subnet_id, ip_address }) =>
          (one.subnet_id ?? subnet_id) === subnet_id && (one.ip_address ?? ip_address) === ip_address,
      ),
    )
  );
}

/**
 * Makes the port of a gateway. An external network without subnets is fine: link-local addresses do.
 * @param others gateways that the router has and keeps: one more on their network is on their subnets, too
 * @throws RequestError 404 for a network or QoS policy that the caller may not use, 400 when it is not external, or a
 *   subnet there overlaps with what the router is attached to, 409 when there is no address left, or the policy limits packets
 */
export async function attachGateway(
  tx: Tx,
  context: Context,
  owner: { readonly id: string },
  wish: GatewayInfo,
  others: readonly RouterGateway[] = [],
): Promise<RouterGateway> {
  const surroundings = await networkWithSubnets(tx.db, wish.network_id);
  if (!surroundings || !(await canSeeNetwork(tx.db, surroundings.network, context)))
    throw errors.notFound.network({ id: wish.network_id });
  const { network, subnets } = surroundings;
  requireExternal(network);
  const { qos_policy_id: policy = null } = wish;
  await requirePolicyAtGateway(tx, context, policy, 'router', owner.id);
  checkGatewayAddresses(wish.external_fixed_ips ?? [], subnets);
  const beside = others.filter(({ networkId }) => networkId === network.id).map(({ portId }) => portId);
  const attached = (await routerAddressesOf(tx.db, owner.id)).filter(
    ({ portId }) => !beside.includes(portId),
  );
  for (const subnet of subnets)
    if (subnet.ip_version === 4 || subnet.ipv6_address_mode === null) checkAttach(owner.id, subnet, attached);
  const outer = await createPort(tx, context, surroundings, {
    ...portDefaults,
    // Nobody's: users see it through their router alone.
    project_id: '',
    network_id: network.id,
    device_id: owner.id,
    device_owner: ROUTER_GATEWAY,
    fixed_ips: wish.external_fixed_ips,
    qos_policy_id: policy,
  });
  await checkAnycastOffLink(tx, owner.id);
  return { routerId: owner.id, portId: outer.id, networkId: network.id };
}

/**
 * Gives a gateway another QoS policy.
 * @param wish undefined for that which it has
 * @throws RequestError 404 for one that the caller may not use, 409 for one that limits packets
 */
export async function limitGateway(
  tx: Tx,
  context: Context,
  { routerId, portId }: RouterGateway,
  held: GatewayInfo,
  wish: string | null | undefined,
): Promise<void> {
  if (wish === undefined || wish === (held.qos_policy_id ?? null)) return;
  await requirePolicyAtGateway(tx, context, wish, 'router', routerId);
  const row = await findRow(tx.db, 'ports', portId);
  if (row) updateRow(tx, port, fromRow(port, row), { qos_policy_id: wish });
}
