/** NDP proxies: create, update, delete. */
import type { Kysely } from 'kysely';
import { Address } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { newId } from '../new-id.ts';
import { ROUTER_INTERFACE } from '../port/owners.ts';
import { deleteRow, findRow, fromRow, insertRow, newborn, updateRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import type { Tables, Tx } from '../tables.ts';
import { type NdpProxy, type NdpProxyCreate, type NdpProxyUpdate, ndpProxy } from './definition.ts';
import { ipv6ScopeOf } from './gateway-rules.ts';

/** An address of a port, and the subnet that it is on. */
interface Held {
  readonly ip_address: string;
  readonly subnet_id: string;
}

/** The IPv6 addresses of ports, in their order. */
async function ipv6Of(db: Kysely<Tables>, portIds: readonly string[]): Promise<Held[]> {
  const rows = await db
    .selectFrom('ip_allocations')
    .select(['ip_address', 'subnet_id'])
    .where('port_id', 'in', portIds)
    .orderBy('port_id')
    .orderBy('position')
    .execute();
  return rows.filter(({ ip_address }) => Address.parse(ip_address).family === 6);
}

/**
 * Decides which address of the port is meant.
 * @param attached the router's own addresses on the port's network
 * @throws RequestError 400, 409 when none can be
 */
function chooseAddress(request: NdpProxyCreate, own: readonly Held[], attached: readonly Held[]): string {
  const { port_id: port, router_id: router, ip_address: address } = request;
  const isReached = (one: Held) => attached.some(({ subnet_id }) => subnet_id === one.subnet_id);
  if (own.length === 0) throw errors.ndpProxy.noAddress({ port });
  if (address === null) {
    const first = own.find(isReached);
    if (first === undefined) throw errors.ndpProxy.notReachable({ port, router });
    return first.ip_address;
  }
  const chosen = own.find(({ ip_address }) => ip_address === address);
  if (chosen === undefined) {
    throw errors.ndpProxy.invalidAddress({ address, reason: `This address not belong to the port ${port}` });
  }
  if (!isReached(chosen)) {
    throw errors.ndpProxy.invalidAddress({
      address,
      reason: `This address cannot reach the router ${router}`,
    });
  }
  return address;
}

async function create(tx: Tx, context: Context, request: NdpProxyCreate): Promise<NdpProxy> {
  const { port_id: portId, router_id: routerId } = request;
  const isMine = (row: { readonly project_id: string }) =>
    context.isAdmin || row.project_id === context.projectId;
  const port = await findRow(tx.db, 'ports', portId);
  if (!port || !isMine(port)) throw errors.notFound.port({ id: portId });
  const interfaces = await tx.db
    .selectFrom('ports')
    .select('id')
    .where('device_id', '=', routerId)
    .where('device_owner', '=', ROUTER_INTERFACE)
    .where('network_id', '=', port.network_id)
    .execute();
  if (interfaces.length === 0) throw errors.ndpProxy.notReachable({ port: portId, router: routerId });
  const router = await findRow(tx.db, 'routers', routerId);
  if (!router || !isMine(router)) throw errors.notFound.router({ id: routerId });
  if (router.enable_ndp_proxy !== 1 || router.external_network_id === null)
    throw errors.ndpProxy.notEnabled({ router: routerId });
  const address = chooseAddress(
    request,
    await ipv6Of(tx.db, [portId]),
    await ipv6Of(
      tx.db,
      interfaces.map(({ id }) => id),
    ),
  );
  const outside = await ipv6ScopeOf(tx.db, router.external_network_id);
  const inside = await ipv6ScopeOf(tx.db, port.network_id);
  if (outside !== inside)
    throw errors.ndpProxy.scopeConflict({ outside: outside ?? 'None', inside: inside ?? 'None' });
  const projectId = request.project_id ?? context.projectId;
  const { tags: _, ...fresh } = newborn();
  const made: NdpProxy = {
    ...request,
    ...fresh,
    id: newId(),
    project_id: projectId,
    tenant_id: projectId,
    ip_address: address,
  };
  insertRow(tx, ndpProxy, made);
  return made;
}

async function update(
  tx: Tx,
  _context: Context,
  current: NdpProxy,
  changes: NdpProxyUpdate,
): Promise<NdpProxy> {
  const moved = updateRow(tx, ndpProxy, current, changes);
  return { ...current, ...(changes as Partial<NdpProxy>), ...moved };
}

async function remove(tx: Tx, _context: Context, current: NdpProxy): Promise<void> {
  deleteRow(tx, ndpProxy, current);
}

export const ndpProxyOperations: OperationsOn<typeof ndpProxy> = {
  load: async (_db, rows) => rows.map((row) => fromRow(ndpProxy, row)),
  create,
  update,
  delete: remove,
};
