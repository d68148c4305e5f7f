/** Trunks: create, update, delete, and subports that come and go. */
import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { object } from '../definition/attribute-types.ts';
import { newId } from '../new-id.ts';
import type { Port } from '../port/definition.ts';
import { isHardware } from '../port/hardware.ts';
import { findPort, freeSubports, updatePort } from '../port/operations.ts';
import { TRUNK_SUBPORT } from '../port/owners.ts';
import {
  deleteRow,
  findRow,
  fromRow,
  insertRow,
  newborn,
  sendRows,
  slices,
  updateRow,
} from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import type { Tables, TrunkRow, Tx } from '../tables.ts';
import {
  leavingList,
  type Subport,
  subportList,
  type Trunk,
  type TrunkCreate,
  type TrunkUpdate,
  trunk,
} from './definition.ts';
import { asSubport, subportsOf, trunkWith } from './subports.ts';

const ACTIVE = 'ACTIVE';

async function load(db: Kysely<Tables>, rows: TrunkRow[]): Promise<Trunk[]> {
  const subports = await subportsOf(
    db,
    rows.map(({ id }) => id),
  );
  const parents = new Map<string, string>();
  for (const ids of slices(rows.map(({ port_id }) => port_id)))
    for (const { id, status } of await db
      .selectFrom('ports')
      .select(['id', 'status'])
      .where('id', 'in', ids)
      .execute())
      parents.set(id, status);
  return rows.map((row) => {
    const own = subports.get(row.id) ?? [];
    const isWhole = own.every(({ status }) => status === ACTIVE);
    const working = isWhole ? ACTIVE : 'BUILD';
    return {
      ...fromRow(trunk, row),
      status: parents.get(row.port_id) === ACTIVE ? working : 'DOWN',
      sub_ports: own.map(asSubport),
    };
  });
}

/** @throws RequestError 404 for a port that is not the project's, but to administrators */
async function portOf(tx: Tx, context: Context, id: string): Promise<Port> {
  const port = await findPort(tx, context, id);
  if (!port || !(context.isAdmin || port.project_id === context.projectId))
    throw errors.notFound.port({ id });
  return port;
}

/** @throws RequestError 409 for a port that a trunk has already, as its parent or a subport */
async function requireFree(tx: Tx, port: Port): Promise<void> {
  if ((await trunkWith(tx.db, port.id)) !== undefined) throw errors.trunk.portInUse({ port: port.id });
  if (port.trunk_details !== null) throw errors.trunk.parentInUse({ port: port.id });
}

/** @throws RequestError 409 for a port whose instance gets no frames with VLANs from here */
async function requireParent(tx: Tx, port: Port): Promise<void> {
  await requireFree(tx, port);
  if (port.device_owner.startsWith('network:') || isHardware(port))
    throw errors.trunk.parentInUse({ port: port.id });
}

const mtuOf = async (tx: Tx, networkId: string): Promise<number> =>
  (await findRow(tx.db, 'networks', networkId))?.mtu ?? 0;

/** A subport as it comes: with the port. */
interface Coming extends Subport {
  readonly port: Port;
}

/**
 * Looks up and checks the subports that are to come.
 * @param taken those that the trunk has
 * @throws RequestError 400 for one port or VLAN twice, 404 for a port that is not the project's, 409 for one in use
 */
async function comingTo(
  tx: Tx,
  context: Context,
  { id, parent, taken }: { readonly id: string; readonly parent: Port; readonly taken: readonly Subport[] },
  wishes: readonly Subport[],
): Promise<Coming[]> {
  const vlans = new Set<number>();
  const ports = new Set<string>();
  const mtu = await mtuOf(tx, parent.network_id);
  const coming: Coming[] = [];
  for (const wish of wishes) {
    if (ports.has(wish.port_id)) throw errors.trunk.twice({ what: `port ${wish.port_id}` });
    if (vlans.has(wish.segmentation_id)) throw errors.trunk.twice({ what: `vlan ${wish.segmentation_id}` });
    ports.add(wish.port_id);
    vlans.add(wish.segmentation_id);
    if (wish.port_id === parent.id) throw errors.trunk.parentInUse({ port: parent.id });
    const port = await portOf(tx, context, wish.port_id);
    await requireFree(tx, port);
    if (port.device_id !== '')
      throw errors.trunk.attached({ port: port.id, network: port.network_id, device: port.device_id });
    const own = await mtuOf(tx, port.network_id);
    if (own > mtu) throw errors.trunk.mtu({ port: port.id, own, trunk: id, mtu });
    if (taken.some(({ segmentation_id }) => segmentation_id === wish.segmentation_id))
      throw errors.trunk.duplicate({ vlan: wish.segmentation_id, trunk: id });
    coming.push({ ...wish, port });
  }
  return coming;
}

/** Subports are where their parent is. */
async function take(tx: Tx, context: Context, trunkId: string, parent: Port, coming: readonly Coming[]) {
  sendRows(
    tx,
    'trunk_subports',
    coming.map((one) => ({ ...asSubport(one), trunk_id: trunkId })),
  );
  for (const { port } of coming)
    await updatePort(tx, context, port, {
      device_owner: TRUNK_SUBPORT,
      'binding:host_id': parent['binding:host_id'],
    });
}

const release = (tx: Tx, context: Context, subports: readonly Subport[]): Promise<void> =>
  freeSubports(
    tx,
    context,
    subports.map(({ port_id }) => port_id),
  );

async function create(tx: Tx, context: Context, request: TrunkCreate): Promise<Trunk> {
  const parent = await portOf(tx, context, request.port_id);
  await requireParent(tx, parent);
  const id = newId();
  const coming = await comingTo(tx, context, { id, parent, taken: [] }, request.sub_ports);
  const projectId = request.project_id ?? context.projectId;
  const { sub_ports: subports, ...rest } = request;
  const made = { ...rest, ...newborn(), id, project_id: projectId, tenant_id: projectId };
  insertRow(tx, trunk, made);
  await take(tx, context, id, parent, coming);
  return { ...made, status: 'DOWN', sub_ports: subports };
}

async function update(tx: Tx, _context: Context, current: Trunk, changes: TrunkUpdate): Promise<Trunk> {
  const moved = updateRow(tx, trunk, current, changes);
  return { ...current, ...(changes as Partial<Trunk>), ...moved };
}

/** @throws RequestError 409 for a trunk that is disabled */
function requireEnabled({ id, admin_state_up }: Trunk): void {
  if (!admin_state_up) throw errors.trunk.disabled({ id });
}

async function remove(tx: Tx, context: Context, current: Trunk): Promise<void> {
  requireEnabled(current);
  await release(tx, context, current.sub_ports);
  deleteRow(tx, trunk, current);
}

/** The trunk as it is now, which is the answer. */
async function changed(tx: Tx, current: Trunk): Promise<object> {
  updateRow(tx, trunk, current, {}, {}, ['subports']);
  await tx.sent();
  const row = await findRow(tx.db, 'trunks', current.id);
  const [now] = row ? await load(tx.db, [row]) : [];
  return now ?? {};
}

const addBody = object({ sub_ports: subportList }, {});

/** `PUT /v2.0/trunks/ID/add_subports` */
async function addSubports(tx: Tx, context: Context, current: Trunk, body: unknown): Promise<object> {
  const { sub_ports: wishes } = addBody.parse(body, 'body');
  requireEnabled(current);
  const parent = await portOf(tx, { ...context, isAdmin: true }, current.port_id);
  const about = { id: current.id, parent, taken: current.sub_ports };
  await take(tx, context, current.id, parent, await comingTo(tx, context, about, wishes));
  return changed(tx, current);
}

const removeBody = object({ sub_ports: leavingList }, {});

/** `PUT /v2.0/trunks/ID/remove_subports` */
async function removeSubports(tx: Tx, context: Context, current: Trunk, body: unknown): Promise<object> {
  const { sub_ports: wishes } = removeBody.parse(body, 'body');
  requireEnabled(current);
  const leaving = wishes.map(({ port_id }) => {
    const found = current.sub_ports.find((one) => one.port_id === port_id);
    if (!found) throw errors.trunk.subportNotFound({ port: port_id, trunk: current.id });
    return found;
  });
  await release(tx, context, leaving);
  return changed(tx, current);
}

export const trunkOperations: OperationsOn<typeof trunk> = {
  load,
  create,
  update,
  delete: remove,
  looks: { get_subports: ({ sub_ports }) => ({ sub_ports }) },
  actions: { add_subports: addSubports, remove_subports: removeSubports },
};
