/** Logs of what security groups decide: create, update, delete. */

import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import type { Tx } from '../../store/store.ts';
import type { Tables } from '../../store/tables.ts';
import type { Context } from '../context.ts';
import { newId } from '../new-id.ts';
import { deleteRow, findRow, fromRow, insertRow, newborn, updateRow, type Values } from '../repository.ts';
import type { Resource } from '../resource.ts';
import { type Log, type LogCreate, type LogUpdate, log } from './definition.ts';
import { touchCovered } from './touch.ts';

/** What logs can be about. */
export const loggableResources = ['security_group'] as const;

/** @throws RequestError 403: other tenants' packets may be in a log */
function requireAdmin(context: Context, verb: string): void {
  if (!context.isAdmin) throw errors.request.forAdmins({ verb, resource: 'log' });
}

async function create(tx: Tx, context: Context, request: LogCreate): Promise<Log> {
  requireAdmin(context, 'create');
  const { resource_type: type } = request;
  if (!loggableResources.some((known) => known === type)) {
    throw errors.log.resourceType({ type, known: loggableResources });
  }
  await checkScope(tx, request.resource_id, request.target_id);
  const { project_id: projectId = context.projectId, tenant_id: _, ...rest } = request;
  const record = { ...rest, ...newborn(), id: newId(), project_id: projectId, tenant_id: projectId };
  await insertRow(tx.db, log, record);
  await touchCovered(tx, record);
  return record;
}

/** @throws RequestError 404 for a group or port that is not there, 400 for a port that is not in the group */
async function checkScope(tx: Tx, groupId: string | null, portId: string | null): Promise<void> {
  if (groupId !== null && !(await findRow(tx.db, 'security_groups', groupId)))
    throw errors.log.resourceNotFound({ id: groupId });
  if (portId === null) return;
  if (!(await findRow(tx.db, 'ports', portId))) throw errors.log.targetNotFound({ id: portId });
  if (groupId === null) return;
  const membership = await tx.db
    .selectFrom('port_security_groups')
    .select('port_id')
    .where('port_id', '=', portId)
    .where('security_group_id', '=', groupId)
    .executeTakeFirst();
  if (membership !== undefined) return;
  throw errors.log.portNotInGroup({ group: groupId, port: portId });
}

async function update(tx: Tx, context: Context, current: Log, changes: LogUpdate): Promise<Log> {
  requireAdmin(context, 'update');
  const moved = await updateRow(tx.db, log, current, changes);
  if (changes.enabled !== undefined && changes.enabled !== current.enabled) await touchCovered(tx, current);
  return { ...current, ...(changes as Partial<Log>), ...moved };
}

async function remove(tx: Tx, context: Context, current: Log): Promise<void> {
  requireAdmin(context, 'delete');
  await deleteRow(tx.db, log, current.id);
  await touchCovered(tx, current);
}

export const logResource: Resource<Log, LogCreate, LogUpdate> = {
  definition: log,
  load: async (_db: Kysely<Tables>, rows: Values[]) => rows.map((row) => fromRow(log, row) as unknown as Log),
  create,
  update,
  delete: remove,
};
