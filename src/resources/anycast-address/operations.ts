/** Anycast addresses: create, update, delete. */
import type { Kysely } from 'kysely';
import { Address, isPrivateUse, Prefix } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { uniqueViolation } from '../../store/index.ts';
import type { Context } from '../context.ts';
import { newId } from '../new-id.ts';
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
import { routerAddressesOf } from '../router/router-addresses.ts';
import type { AnycastAddressRow, Tables, Tx } from '../tables.ts';
import {
  type AnycastAddress,
  type AnycastAddressCreate,
  type AnycastAddressUpdate,
  anycastAddress,
} from './definition.ts';
import { readMembers } from './members.ts';
import {
  type AnycastMember,
  checkAnycastAddress,
  checkNoRoute,
  checkOffLink,
  completeCheck,
  memberStatus,
} from './rules.ts';

async function load(db: Kysely<Tables>, rows: AnycastAddressRow[]): Promise<AnycastAddress[]> {
  const members = new Map<string, AnycastMember[]>();
  for (const ids of slices(rows.map(({ id }) => id)))
    for (const [id, found] of await readMembers(db, ids)) members.set(id, found);
  return rows.map((row) => complete(fromRow(anycastAddress, row), members.get(row.id) ?? []));
}

function complete(stored: ReadOf<typeof anycastAddress>, members: readonly AnycastMember[]): AnycastAddress {
  const states = members.map((member) => ({ port_id: member.portId, status: memberStatus(member) }));
  return {
    ...stored,
    port_ids: members.map(({ portId }) => portId),
    members: states,
    status: states.some(({ status }) => status === 'ACTIVE') ? 'ACTIVE' : 'DOWN',
  };
}

/**
 * @throws RequestError 404 for a port that is not the caller's, 400 for one of another project, 403 for one on a
 * network of somebody else, where its owner says which sources there are
 */
async function requirePort(tx: Tx, context: Context, projectId: string, id: string): Promise<void> {
  const port = await findRow(tx.db, 'ports', id);
  if (!port || !(context.isAdmin || port.project_id === context.projectId))
    throw errors.notFound.port({ id });
  if (port.project_id !== projectId) {
    throw errors.anycastAddress.portOfOtherProject({
      port: id,
      project: port.project_id,
      anycastProject: projectId,
    });
  }
  if (port.device_owner.startsWith('network:')) {
    throw errors.anycastAddress.portOfNoInstance({ port: id, deviceOwner: port.device_owner });
  }
  const network = await findRow(tx.db, 'networks', port.network_id);
  if (!context.isAdmin && network?.project_id !== context.projectId) {
    throw errors.anycastAddress.sourceOnOthersNetwork({ port: id, network: port.network_id });
  }
}

/** Has an anycast address these members; those who stay keep their health. */
async function setMembers(
  tx: Tx,
  owner: { id: string; address: string; router_id: string },
  portIds: readonly string[],
  held: readonly string[] = [],
): Promise<AnycastMember[]> {
  const gone = held.filter((id) => !portIds.includes(id));
  const added = portIds.filter((id) => !held.includes(id));
  if (gone.length > 0) {
    await tx.db
      .deleteFrom('anycast_members')
      .where('anycast_address_id', '=', owner.id)
      .where('port_id', 'in', gone)
      .execute();
  }
  if (added.length > 0) {
    await tx.db
      .insertInto('anycast_members')
      .values(added.map((port_id) => ({ anycast_address_id: owner.id, port_id, healthy: null })))
      .execute();
  }
  const members = (await readMembers(tx.db, [owner.id])).get(owner.id) ?? [];
  const lost = members.find(({ portId, nextHop }) => nextHop === undefined && added.includes(portId));
  if (lost) {
    throw errors.anycastAddress.portNotAttached({ port: lost.portId, router: owner.router_id });
  }
  return members;
}

async function create(tx: Tx, context: Context, request: AnycastAddressCreate): Promise<AnycastAddress> {
  const { port_ids: portIds, ...rest } = request;
  const projectId = request.project_id ?? context.projectId;
  checkAnycastAddress(request.address);
  if (!context.isAdmin && !isPrivateUse(Prefix.of(Address.parse(request.address), 128)))
    throw errors.anycastAddress.byAdministrator({ address: request.address });
  const healthCheck = completeCheck(request.health_check);
  const router = await findRow(tx.db, 'routers', request.router_id);
  if (!router || !(context.isAdmin || router.project_id === context.projectId))
    throw errors.notFound.router({ id: request.router_id });
  if (router.project_id !== projectId) {
    throw errors.anycastAddress.routerOfOtherProject({
      router: router.id,
      project: router.project_id,
      anycastProject: projectId,
    });
  }
  checkOffLink(request.address, await routerAddressesOf(tx.db, router.id));
  checkNoRoute(request.address, JSON.parse(router.routes));
  for (const id of portIds) await requirePort(tx, context, projectId, id);
  const stored = {
    ...rest,
    ...newborn(),
    id: newId(),
    project_id: projectId,
    tenant_id: projectId,
    health_check: healthCheck,
  };
  try {
    insertRow(tx, anycastAddress, { ...stored, port_ids: portIds });
    await tx.sent();
  } catch (error) {
    if (uniqueViolation(error) !== 'anycast_addresses') throw error;
    throw errors.anycastAddress.exists({ router: router.id, address: request.address });
  }
  return complete(stored, await setMembers(tx, stored, portIds));
}

async function update(
  tx: Tx,
  context: Context,
  current: AnycastAddress,
  changes: AnycastAddressUpdate,
): Promise<AnycastAddress> {
  const { port_ids: portIds = current.port_ids, health_check: check, ...plain } = changes;
  const stored = { ...plain, ...(check && { health_check: completeCheck(check) }) };
  for (const id of portIds) {
    if (!current.port_ids.includes(id)) await requirePort(tx, context, current.project_id, id);
  }
  const members = await setMembers(tx, current, portIds, current.port_ids);
  const moved = updateRow(tx, anycastAddress, current, { ...stored, port_ids: portIds });
  return complete({ ...current, ...(stored as Partial<AnycastAddress>), ...moved }, members);
}

async function remove(tx: Tx, _context: Context, current: AnycastAddress): Promise<void> {
  deleteRow(tx, anycastAddress, current);
}

export const anycastAddressOperations: OperationsOn<typeof anycastAddress> = {
  load,
  create,
  update,
  delete: remove,
};
