/** Routers: create, update, delete; the external gateway. */

import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import { requireZones } from '../agent/availability-zones.ts';
import { anycastAddressesOf } from '../anycast-address/members.ts';
import { checkNoRoute } from '../anycast-address/rules.ts';
import type { Context } from '../context.ts';
import { object } from '../definition/attribute-types.ts';
import { requireTranslationKept } from '../floatingip/other-version.ts';
import { requireProxyGateway, requireProxyKept } from '../ndp-proxy/gateway-rules.ts';
import { newId } from '../new-id.ts';
import { requireNothingTranslated, translationsOf } from '../nptv6-translation/translations.ts';
import { ROUTER_INTERFACE } from '../port/owners.ts';
import { removePortWithId } from '../port/removal.ts';
import { deleteRow, findRow, fromRow, insertRow, newborn, type ReadOf, updateRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { reasonsOf } from '../status.ts';
import type { RouterRow, Tables, Tx } from '../tables.ts';
import { externalGateways, type Router, type RouterCreate, type RouterUpdate, router } from './definition.ts';
import {
  addGateways,
  changeFirst,
  type GatewayChange,
  heldGateways,
  NO_GATEWAY,
  removeGateways,
  setGateways,
  writeGateways,
} from './external-gateways.ts';
import { routesWith, routesWithout } from './extra-routes.ts';
import { placeGateways } from './gateway-hosts.ts';
import { attachGateway, checkGatewayPolicy, type GatewayInfo, gatewayInfosOf } from './gateway-port.ts';
import { gatewaysOf } from './gateways.ts';
import { addInterface, removeInterface } from './interfaces.ts';
import { DISTRIBUTED_IPV6 } from './one-gateway.ts';
import { NO_PASSAGE, type Passage, passagesOf } from './passages.ts';
import { routerAddressesOf } from './router-addresses.ts';
import { checkNextHop, checkRoutes } from './rules.ts';

const gatewaysBody = object({ router: object({}, { external_gateways: externalGateways }) }, {});

async function load(db: Kysely<Tables>, rows: RouterRow[]): Promise<Router[]> {
  const gateways = await gatewaysOf(db, rows);
  const infos = await gatewayInfosOf(db, rows, gateways);
  const reasons = await reasonsOf(db, 'router', rows);
  const withGateway = rows.filter(({ id }) => gateways.has(id));
  const passages = await passagesOf(db, withGateway, gateways);
  return rows.map((row) =>
    complete(
      fromRow(router, row),
      infos.get(row.id) ?? [],
      passages.get(row.id) ?? NO_PASSAGE,
      reasons.get(row.id) ?? null,
    ),
  );
}

const complete = (
  stored: ReadOf<typeof router>,
  gateways: readonly GatewayInfo[],
  passage: Passage,
  statusReason: string | null,
): Router => ({
  ...stored,
  status_reason: statusReason,
  enable_ndp_proxy: stored.enable_ndp_proxy && gateways.length > 0,
  external_gateway_info: gateways[0] ?? null,
  external_gateways: [...gateways],
  ...passage,
  availability_zones: [],
});

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
  const bare = complete(record, [], NO_PASSAGE, null);
  const { external_gateway_info: wish } = request;
  if (!wish) return bare;
  const first = await attachGateway(tx, context, { id }, wish);
  await writeGateways(tx, bare, { gateways: [first], enableSnat: wish.enable_snat ?? true });
  return reloaded(tx, id);
}

/** A router as it is now. */
async function reloaded(tx: Tx, id: string): Promise<Router> {
  const row = await findRow(tx.db, 'routers', id);
  const [found] = await load(tx.db, row === undefined ? [] : [row]);
  if (found === undefined) throw errors.notFound.router({ id });
  return found;
}

async function update(tx: Tx, context: Context, current: Router, changes: RouterUpdate): Promise<Router> {
  const { external_gateway_info: wish, ...plain } = changes;
  checkNextHop(plain.ipv6_next_hop ?? null);
  const change = wish === undefined ? undefined : await changeFirst(tx, context, current, wish);
  return settle(tx, current, plain, change);
}

/**
 * Changes a router, and checks that all of it still goes together.
 * @param change of its gateways, if there is one
 */
async function settle(
  tx: Tx,
  current: Router,
  plain: Omit<RouterUpdate, 'external_gateway_info'>,
  change: GatewayChange | undefined,
): Promise<Router> {
  const columns = change && (await writeGateways(tx, current, change));
  const { external_gateways: gateways } = change ? await reloaded(tx, current.id) : current;
  const info = gateways[0] ?? null;
  if (change && info) await requireTranslationKept(tx, { id: current.id, network: info.network_id }, info);
  const routes = plain.routes ?? current.routes;
  if (plain.routes || change) checkRoutes(routes, await routerAddressesOf(tx.db, current.id));
  if (plain.routes)
    for (const { address } of await anycastAddressesOf(tx.db, current.id)) checkNoRoute(address, routes);
  const proxying = { isAsked: plain.enable_ndp_proxy === true, isEnabled: isProxying(current, plain) };
  await requireProxyKept(tx, { id: current.id, ...proxying }, current.external_gateway_info, info);
  const given = {
    ...plain,
    external_gateway_info: info,
    external_gateways: gateways,
    enable_ndp_proxy: isProxying(current, plain) && info !== null,
  };
  if (plain.distributed_ipv6 === true && gateways.length > 1)
    throw errors.router.needsOneGateway({ id: current.id, what: DISTRIBUTED_IPV6 });
  if (plain.egress_only_ipv6 === true && (await translationsOf(tx.db, [current.id])).size > 0)
    throw errors.router.translatesAndIsClosed({ id: current.id });
  updateRow(tx, router, current, given, columns);
  if (plain.ha !== undefined && plain.ha !== current.ha) await placeGateways(tx, current.id);
  return reloaded(tx, current.id);
}

/** Changes a router's gateways by one of their three actions. */
const changeGateways =
  (changed: (tx: Tx, context: Context, current: Router, wishes: GatewayInfo[]) => Promise<GatewayChange>) =>
  async (tx: Tx, context: Context, current: Router, body: unknown): Promise<object> => {
    const { external_gateways: wishes } = gatewaysBody.parse(body, 'body').router;
    const changes = wishes && (await changed(tx, context, current, wishes));
    const router = changes ? await settle(tx, current, {}, changes) : current;
    const { gateway_hosts: _, ...seen } = router;
    return { router: context.isAdmin ? router : seen };
  };

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
  for (const { portId } of await heldGateways(tx, current)) await removePortWithId(tx, portId);
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
    add_external_gateways: changeGateways(addGateways),
    update_external_gateways: changeGateways(setGateways),
    remove_external_gateways: changeGateways((tx, _context, current, wishes) =>
      removeGateways(tx, current, wishes),
    ),
    add_extraroutes: (tx, context, current, body) =>
      changeRoutes(tx, context, current, routesWith(current, body)),
    remove_extraroutes: (tx, context, current, body) =>
      changeRoutes(tx, context, current, routesWithout(current, body)),
  },
};
