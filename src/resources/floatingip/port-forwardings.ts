/**
 * The port forwardings of a floating IP (Neutron's `floating-ip-port-forwarding`): ports of it lead to ports of
 * instances, several of them behind one router. They stand below its path.
 */
import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { newId } from '../new-id.ts';
import { findRow, sendRows, slices, updateRow, type Values } from '../repository.ts';
import type { Nested } from '../resource.ts';
import { FORWARDED_PORTS, requireAlone } from '../router/one-gateway.ts';
import type { PortForwardingRow, Tables, Tx } from '../tables.ts';
import { addressFamily, type InnerAddress, innerAddresses, routerBetween } from './association.ts';
import { type FloatingIp, floatingIp } from './definition.ts';
import {
  changedBy,
  type Forwarding,
  forwardingAnswer,
  forwardingIn,
  forwardingRequest,
  requireRoom,
  shownForwarding,
} from './port-forwarding.ts';
import { dropForwardings, noteForwarded } from './release.ts';

/** The port forwardings of floating IPs, by the floating IP's id, in the order of their ports outside. */
export async function forwardingsOf(
  db: Kysely<Tables>,
  floatingIpIds: readonly string[],
): Promise<Map<string, PortForwardingRow[]>> {
  const all: PortForwardingRow[] = [];
  for (const ids of slices(floatingIpIds)) {
    const rows = await db
      .selectFrom('port_forwardings')
      .selectAll()
      .where('floatingip_id', 'in', ids)
      .orderBy('external_port_start')
      .orderBy('id')
      .execute();
    all.push(...rows);
  }
  return Map.groupBy(all, ({ floatingip_id }) => floatingip_id);
}

const rowsOf = async (db: Kysely<Tables>, { id }: FloatingIp): Promise<PortForwardingRow[]> =>
  (await forwardingsOf(db, [id])).get(id) ?? [];

/** @throws RequestError 404 */
async function find(db: Kysely<Tables>, floating: FloatingIp, id: string): Promise<PortForwardingRow> {
  const row = (await rowsOf(db, floating)).find((one) => one.id === id);
  if (row === undefined) throw errors.portForwarding.none({ id });
  return row;
}

/** @throws RequestError 409 when a floating IP of the same version stands for the port as a whole */
async function requireNoFloatingIp(db: Kysely<Tables>, row: Forwarding, version: number): Promise<void> {
  const { internal_port_id: port } = row;
  const standing = await db
    .selectFrom('floatingips')
    .select(['id', 'floating_ip_address', 'fixed_ip_address'])
    .where('port_id', '=', port)
    .execute();
  const other = standing.find(({ floating_ip_address }) => addressFamily(floating_ip_address) === version);
  if (other === undefined) return;
  throw errors.portForwarding.portHasFloatingIp({
    ...{ id: other.id, address: other.floating_ip_address, port },
    fixedIp: row.internal_ip_address ?? other.fixed_ip_address ?? '',
  });
}

/** @throws RequestError 400 when none of the port's addresses can be meant */
function chooseAddress(all: readonly InnerAddress[], wish: Forwarding, family: 4 | 6): InnerAddress {
  const { internal_port_id: port, internal_ip_address: address } = wish;
  const possible = all.filter((one) => addressFamily(one.address) === family);
  const [first] = possible;
  if (first === undefined) throw errors.portForwarding.noAddress({ port, family });
  if (address === null) return first;
  const chosen = possible.find((one) => one.address === address);
  if (chosen !== undefined) return chosen;
  throw errors.portForwarding.notOfPort({ address, port, addresses: possible.map((one) => one.address) });
}

/**
 * Decides what a port forwarding leads to, and by which router.
 * @throws RequestError 400, 404 or 409 when it cannot be
 */
async function settle(
  tx: Tx,
  context: Context,
  floating: FloatingIp,
  id: string,
  wish: Forwarding,
): Promise<{ row: PortForwardingRow; routerId: string }> {
  const { id: floatingIpId, floating_ip_address: outer, floating_network_id: network } = floating;
  const { internal_port_id: port } = wish;
  const family = addressFamily(outer);
  await requireNoFloatingIp(tx.db, wish, family);
  if (floating.port_id !== null) {
    throw errors.floatingIp.portAlreadyAssociated({
      ...{ id: floatingIpId, address: outer, port: floating.port_id, network },
      fixedIp: floating.fixed_ip_address ?? '',
    });
  }
  const inner = chooseAddress(await innerAddresses(tx.db, context, port), wish, family);
  if ((await findRow(tx.db, 'ports', port))?.device_owner.startsWith('network:'))
    throw errors.portForwarding.toRouter({ port });
  const row = { ...wish, id, floatingip_id: floatingIpId, internal_ip_address: inner.address };
  const leading = await tx.db
    .selectFrom('port_forwardings')
    .selectAll()
    .where('internal_port_id', '=', port)
    .where('floatingip_id', '!=', floatingIpId)
    .execute();
  const siblings = (await rowsOf(tx.db, floating)).filter((one) => one.id !== id);
  requireRoom(row, [...siblings, ...leading]);
  const routerId = await routerBetween(tx.db, network, inner);
  if (routerId === undefined) {
    const { subnetId: subnet } = inner;
    throw errors.portForwarding.notReachable({ network, subnet, port, id: floatingIpId });
  }
  await requireAlone(tx.db, routerId, FORWARDED_PORTS);
  if (siblings.length > 0 && floating.router_id !== routerId) {
    throw errors.portForwarding.otherRouter({ id: floatingIpId, router: floating.router_id ?? '', port });
  }
  return { row, routerId };
}

async function list(db: Kysely<Tables>, _context: Context, floating: FloatingIp): Promise<Values[]> {
  return (await rowsOf(db, floating)).map(shownForwarding);
}

async function show(
  db: Kysely<Tables>,
  _context: Context,
  floating: FloatingIp,
  id: string,
): Promise<Values> {
  return shownForwarding(await find(db, floating, id));
}

async function create(tx: Tx, context: Context, floating: FloatingIp, body: unknown): Promise<Values> {
  const { row, routerId } = await settle(tx, context, floating, newId(), forwardingIn(body));
  sendRows(tx, 'port_forwardings', [row]);
  await noteChange(tx, floating, routerId, [row]);
  return shownForwarding(row);
}

async function update(
  tx: Tx,
  context: Context,
  floating: FloatingIp,
  id: string,
  body: unknown,
): Promise<Values> {
  const current = await find(tx.db, floating, id);
  const { row, routerId } = await settle(tx, context, floating, id, changedBy(body, current));
  const { id: _, ...columns } = row;
  tx.send(tx.db.updateTable('port_forwardings').set(columns).where('id', '=', id));
  await noteChange(tx, floating, routerId, [current, row]);
  return shownForwarding(row);
}

/** @param rows what leads to the ports that it concerns */
async function noteChange(
  tx: Tx,
  floating: FloatingIp,
  routerId: string,
  rows: readonly Pick<PortForwardingRow, 'internal_port_id'>[],
): Promise<void> {
  updateRow(tx, floatingIp, floating, { router_id: routerId, status: 'ACTIVE' }, {}, ['port_forwardings']);
  await noteForwarded(
    tx,
    rows.map(({ internal_port_id: id }) => id),
  );
}

async function remove(tx: Tx, _context: Context, floating: FloatingIp, id: string): Promise<void> {
  await find(tx.db, floating, id);
  await dropForwardings(tx, floating, [id]);
}

export const portForwardings: Nested<FloatingIp> = {
  policy: 'floatingip_port_forwarding',
  name: 'port_forwarding',
  collection: 'port_forwardings',
  key: 'The id of the port forwarding.',
  schema: forwardingAnswer.schema,
  request: forwardingRequest.schema,
  filters: ['id', 'internal_port_id', 'external_port', 'external_port_range', 'protocol', 'description'],
  list,
  show,
  create,
  update,
  delete: remove,
  actions: {},
};
