/** Routers: create, update, delete; the external gateway. */

import type { Kysely } from 'kysely';
import { Address } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { requireZones } from '../agent/availability-zones.ts';
import { anycastAddressesOf } from '../anycast-address/members.ts';
import { checkNoRoute } from '../anycast-address/rules.ts';
import type { Context } from '../context.ts';
import { requireTranslationKept } from '../floatingip/other-version.ts';
import { requireGatewayUnused } from '../floatingip/release.ts';
import { requireProxyGateway, requireProxyKept } from '../ndp-proxy/gateway-rules.ts';
import { requireExternal } from '../network/operations.ts';
import { canSeeNetwork } from '../network/sharing.ts';
import { newId } from '../new-id.ts';
import { requireNothingTranslated } from '../nptv6-translation/translations.ts';
import { requirePolicyAtGateway } from '../policy/use.ts';
import { createPort } from '../port/creation.ts';
import { port } from '../port/definition.ts';
import { ROUTER_GATEWAY, ROUTER_INTERFACE } from '../port/owners.ts';
import { removePortWithId } from '../port/removal.ts';
import {
  deleteRow,
  findRow,
  fromRow,
  insertRow,
  newborn,
  type ReadOf,
  slices,
  updateRow,
} from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { reasonsOf } from '../status.ts';
import { networkWithSubnets } from '../subnet/rows.ts';
import type { RouterRow, Tables, Tx } from '../tables.ts';
import { type Router, type RouterCreate, type RouterUpdate, router } from './definition.ts';
import { routesWith, routesWithout } from './extra-routes.ts';
import { gatewayHostsOf, leaveHosts, placeGateways } from './gateway-hosts.ts';
import { heardOn } from './heard-routers.ts';
import { addInterface, checkAnycastOffLink, portDefaults, removeInterface } from './interfaces.ts';
import { nextHopsOf } from './next-hops.ts';
import { forgetDelegations } from './prefix-delegation/follow.ts';
import { routerAddressesOf } from './router-addresses.ts';
import { checkAttach, checkGatewayAddresses, checkNextHop, checkRoutes } from './rules.ts';
import { upstreamRoutesOf } from './upstream-routes.ts';

type GatewayInfo = Router['external_gateway_info'];

/** The columns that hold external_gateway_info. */
type GatewayColumns = Pick<RouterRow, 'external_network_id' | 'gateway_port_id' | 'enable_snat'>;

const NO_GATEWAY: GatewayColumns = { external_network_id: null, gateway_port_id: null, enable_snat: 1 };

async function load(db: Kysely<Tables>, rows: RouterRow[]): Promise<Router[]> {
  const addresses = new Map<string, { subnet_id: string; ip_address: string }[]>();
  const policies = new Map<string, string | null>();
  const gatewayPorts = rows.flatMap((row) => row.gateway_port_id ?? []);
  for (const ids of slices(gatewayPorts)) {
    const allocations = await db
      .selectFrom('ip_allocations')
      .select(['port_id', 'subnet_id', 'address'])
      .where('port_id', 'in', ids)
      .orderBy('position')
      .execute();
    for (const { port_id, subnet_id, address } of allocations) {
      const list = addresses.get(port_id) ?? [];
      list.push({ subnet_id, ip_address: Address.fromSortKey(address).toString() });
      addresses.set(port_id, list);
    }
  }
  for (const ids of slices(gatewayPorts))
    for (const { id, qos_policy_id } of await db
      .selectFrom('ports')
      .select(['id', 'qos_policy_id'])
      .where('id', 'in', ids)
      .execute())
      policies.set(id, qos_policy_id);
  const reasons = await reasonsOf(db, 'router', rows);
  const withGateway = rows.filter((row) => row.external_network_id !== null);
  const passages = await passagesOf(db, withGateway);
  return rows.map((row) => {
    const gateway: GatewayInfo =
      row.external_network_id === null
        ? null
        : {
            network_id: row.external_network_id,
            enable_snat: row.enable_snat === 1,
            external_fixed_ips: addresses.get(row.gateway_port_id ?? '') ?? [],
            qos_policy_id: policies.get(row.gateway_port_id ?? '') ?? null,
          };
    const passage = passages.get(row.id) ?? NO_PASSAGE;
    return complete(fromRow(router, row), gateway, passage, reasons.get(row.id) ?? null);
  });
}

/** How a router's gateway is reached: where it is, and what leads there. */
type Passage = Pick<Router, 'gateway_hosts' | 'next_hops' | 'upstream_routes'>;

const NO_PASSAGE: Passage = { gateway_hosts: [], next_hops: [], upstream_routes: [] };

/** The passages of routers that have a gateway, by router. */
async function passagesOf(db: Kysely<Tables>, rows: readonly RouterRow[]): Promise<Map<string, Passage>> {
  const hosts = await gatewayHostsOf(
    db,
    rows.map(({ id }) => id),
  );
  const routes = await upstreamRoutesOf(db, rows);
  const heard = await heardOn(
    db,
    rows.flatMap((row) => row.external_network_id ?? []),
  );
  const gateways = await outerGatewaysOf(db, rows);
  return new Map(
    rows.map((row) => {
      const places = hosts.get(row.id) ?? [];
      const passage: Passage = {
        gateway_hosts: places.map(({ host, reason }) => ({ host, reason })),
        next_hops: nextHopsOf({
          given: row.ipv6_next_hop,
          gateways: (gateways.get(row.gateway_port_id ?? '') ?? []).map(({ gateway_ip }) => gateway_ip ?? ''),
          heard: heard.get(row.external_network_id ?? '') ?? [],
          chassis: places.map(({ chassis }) => chassis),
        }),
        upstream_routes: routes.get(row.id) ?? [],
      };
      return [row.id, passage];
    }),
  );
}

/** The gateways of the external subnets that gateway ports have addresses of, by port. */
async function outerGatewaysOf(db: Kysely<Tables>, rows: readonly RouterRow[]) {
  const found: { port_id: string; gateway_ip: string | null }[] = [];
  for (const ids of slices(rows.flatMap((row) => row.gateway_port_id ?? []))) {
    found.push(
      ...(await db
        .selectFrom('ip_allocations')
        .innerJoin('subnets', 'subnets.id', 'ip_allocations.subnet_id')
        .select(['port_id', 'gateway_ip'])
        .where('port_id', 'in', ids)
        .where('gateway_ip', 'is not', null)
        .orderBy('position')
        .execute()),
    );
  }
  return Map.groupBy(found, ({ port_id }) => port_id);
}

const complete = (
  stored: ReadOf<typeof router>,
  gateway: GatewayInfo,
  passage: Passage,
  statusReason: string | null,
): Router => ({
  ...stored,
  status_reason: statusReason,
  enable_ndp_proxy: stored.enable_ndp_proxy && gateway !== null,
  external_gateway_info: gateway,
  ...passage,
  availability_zones: [],
});

/**
 * Which address a router has outside, and whether IPv4 sources are translated, concerns others on that network.
 * @param current what there is: who asks for that asks for nothing
 * @throws RequestError 403
 */
function checkGatewayPolicy(context: Context, wish: GatewayInfo, current: GatewayInfo): void {
  if (context.isAdmin || wish === null) return;
  const isKept = sameGateway(current, wish);
  if (wish.external_fixed_ips !== undefined && !isKept)
    throw errors.router.gatewayOfAdmins({ key: 'external_fixed_ips' });
  const given = isKept ? current?.enable_snat : true;
  if ((wish.enable_snat ?? given) !== given) throw errors.router.gatewayOfAdmins({ key: 'enable_snat' });
}

/** Makes the gateway port. An external network without subnets is fine: link-local addresses do. */
async function attachGateway(
  tx: Tx,
  context: Context,
  owner: { id: string },
  wish: NonNullable<GatewayInfo>,
): Promise<{ columns: GatewayColumns; info: GatewayInfo }> {
  const surroundings = await networkWithSubnets(tx.db, wish.network_id);
  if (!surroundings || !(await canSeeNetwork(tx.db, surroundings.network, context)))
    throw errors.notFound.network({ id: wish.network_id });
  const { network, subnets } = surroundings;
  requireExternal(network);
  const { qos_policy_id: policy = null } = wish;
  await requirePolicyAtGateway(tx, context, policy, 'router', owner.id);
  checkGatewayAddresses(wish.external_fixed_ips ?? [], subnets);
  const attached = await routerAddressesOf(tx.db, owner.id);
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
  const enableSnat = wish.enable_snat ?? true;
  return {
    columns: { external_network_id: network.id, gateway_port_id: outer.id, enable_snat: enableSnat ? 1 : 0 },
    info: {
      network_id: network.id,
      enable_snat: enableSnat,
      external_fixed_ips: outer.fixed_ips,
      qos_policy_id: policy,
    },
  };
}

async function detachGateway(tx: Tx, current: Router): Promise<void> {
  const row = await findRow(tx.db, 'routers', current.id);
  if (row?.gateway_port_id) await removePortWithId(tx, row.gateway_port_id);
}

async function create(tx: Tx, context: Context, request: RouterCreate): Promise<Router> {
  checkNextHop(request.ipv6_next_hop);
  await requireZones(tx.db, request.availability_zone_hints);
  const id = newId();
  const projectId = request.project_id ?? context.projectId;
  const record = {
    ...request,
    ...newborn(),
    id,
    project_id: projectId,
    tenant_id: projectId,
    status: 'ACTIVE' as const,
    routes: [],
  };
  insertRow(tx, router, record, NO_GATEWAY);
  checkGatewayPolicy(context, request.external_gateway_info, null);
  if (request.enable_ndp_proxy) await requireProxyGateway(tx.db, id, request.external_gateway_info);
  if (!request.external_gateway_info) return complete(record, null, NO_PASSAGE, null);
  const { columns, info } = await attachGateway(tx, context, { id }, request.external_gateway_info);
  tx.send(tx.db.updateTable('routers').set(columns).where('id', '=', id));
  await placeGateways(tx, id);
  return complete(record, info, await passageOf(tx, id), null);
}

/** The passage of one router, as it is now. */
async function passageOf(tx: Tx, id: string): Promise<Passage> {
  const row = await findRow(tx.db, 'routers', id);
  return (row?.external_network_id && (await passagesOf(tx.db, [row])).get(id)) || NO_PASSAGE;
}

/** Whether the wish asks for what is there, but for enable_snat. */
function sameGateway(current: GatewayInfo, wish: NonNullable<GatewayInfo>): boolean {
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
 * Gives a gateway another QoS policy.
 * @param wish undefined for that which it has
 * @returns what it has now
 * @throws RequestError 404 for one that the caller may not use
 */
async function limitGateway(
  tx: Tx,
  context: Context,
  { id, external_gateway_info: held }: Router,
  wish: string | null | undefined,
): Promise<string | null> {
  const current = held?.qos_policy_id ?? null;
  if (wish === undefined || wish === current) return current;
  await requirePolicyAtGateway(tx, context, wish, 'router', id);
  const portId = (await findRow(tx.db, 'routers', id))?.gateway_port_id;
  const row = portId ? await findRow(tx.db, 'ports', portId) : undefined;
  if (row) updateRow(tx, port, fromRow(port, row), { qos_policy_id: wish });
  return wish;
}

/** @throws RequestError 409 when a floating IP or a translation needs the router's gateway as it is */
async function requireGatewayKept(tx: Tx, router: Router, networkId: string): Promise<void> {
  await requireGatewayUnused(tx, router, networkId);
  await requireNothingTranslated(tx, router.id);
}

async function updateGateway(
  tx: Tx,
  context: Context,
  current: Router,
  wish: GatewayInfo,
): Promise<{ columns: Partial<GatewayColumns>; info: GatewayInfo }> {
  checkGatewayPolicy(context, wish, current.external_gateway_info);
  if (wish !== null && sameGateway(current.external_gateway_info, wish)) {
    // What nobody asks for stays as somebody had it.
    const enableSnat = wish.enable_snat ?? current.external_gateway_info?.enable_snat ?? true;
    const policy = await limitGateway(tx, context, current, wish.qos_policy_id);
    const kept = { ...current.external_gateway_info, network_id: wish.network_id };
    const info = { ...kept, enable_snat: enableSnat, qos_policy_id: policy };
    return { columns: { enable_snat: enableSnat ? 1 : 0 }, info };
  }
  const held = current.external_gateway_info;
  if (held !== null && held.network_id !== wish?.network_id)
    await requireGatewayKept(tx, current, held.network_id);
  await detachGateway(tx, current);
  if (wish === null) return { columns: NO_GATEWAY, info: null };
  const { qos_policy_id: policy = held?.qos_policy_id ?? null } = wish;
  return attachGateway(tx, context, current, { ...wish, qos_policy_id: policy });
}

async function update(tx: Tx, context: Context, current: Router, changes: RouterUpdate): Promise<Router> {
  const { external_gateway_info: wish, ...plain } = changes;
  checkNextHop(plain.ipv6_next_hop ?? null);
  let gateway: { columns: Partial<GatewayColumns>; info: GatewayInfo } | undefined;
  if (wish !== undefined) gateway = await updateGateway(tx, context, current, wish);
  if (gateway?.info)
    await requireTranslationKept(tx, { id: current.id, network: gateway.info.network_id }, gateway.info);
  const routes = plain.routes ?? current.routes;
  if (plain.routes || gateway) checkRoutes(routes, await routerAddressesOf(tx.db, current.id));
  if (plain.routes)
    for (const { address } of await anycastAddressesOf(tx.db, current.id)) checkNoRoute(address, routes);
  const info = gateway ? gateway.info : current.external_gateway_info;
  const proxying = { isAsked: plain.enable_ndp_proxy === true, isEnabled: isProxying(current, plain) };
  await requireProxyKept(tx, { id: current.id, ...proxying }, current.external_gateway_info, info);
  const given = {
    ...plain,
    external_gateway_info: info,
    enable_ndp_proxy: isProxying(current, plain) && info !== null,
  };
  const moved = updateRow(tx, router, current, given, gateway?.columns);
  if (info?.network_id !== current.external_gateway_info?.network_id) {
    // It may be that the hosts of before do not reach the network.
    leaveHosts(tx, current.id);
    if (info !== null) await placeGateways(tx, current.id);
    await forgetDelegations(tx, current.id);
  }
  const passage = info === null ? NO_PASSAGE : await passageOf(tx, current.id);
  return { ...current, ...(given as Partial<Router>), ...moved, ...passage };
}

/** @returns what concerns its routes: the rest is not for whoever may change them */
async function changeRoutes(
  tx: Tx,
  context: Context,
  current: Router,
  routes: Router['routes'],
): Promise<object> {
  const { id, name, project_id, tenant_id, ...changed } = await update(tx, context, current, { routes });
  return { router: { id, name, project_id, tenant_id, routes: changed.routes } };
}

const isProxying = (current: Router, changes: RouterUpdate): boolean =>
  changes.enable_ndp_proxy ?? current.enable_ndp_proxy;

async function remove(tx: Tx, _context: Context, current: Router): Promise<void> {
  const port = await tx.db
    .selectFrom('ports')
    .select('id')
    .where('device_id', '=', current.id)
    .where('device_owner', '=', ROUTER_INTERFACE)
    .executeTakeFirst();
  if (port) {
    throw errors.router.hasPorts({ id: current.id, port: port.id });
  }
  const [anycast] = await anycastAddressesOf(tx.db, current.id);
  if (anycast) {
    throw errors.router.hasAnycastAddress({
      id: current.id,
      address: anycast.address,
      anycastAddress: anycast.id,
    });
  }
  await requireNothingTranslated(tx, current.id);
  await detachGateway(tx, current);
  deleteRow(tx, router, current);
}

export const routerOperations: OperationsOn<typeof router> = {
  load,
  create,
  update,
  delete: remove,
  actions: {
    add_router_interface: addInterface,
    remove_router_interface: removeInterface,
    add_extraroutes: (tx, context, current, body) =>
      changeRoutes(tx, context, current, routesWith(current, body)),
    remove_extraroutes: (tx, context, current, body) =>
      changeRoutes(tx, context, current, routesWithout(current, body)),
  },
};
