/** Logs of what security groups decide: create, update, delete. */

import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { newId } from '../new-id.ts';
import { deleteRow, findRow, fromRow, insertRow, newborn, recordChange, updateRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { groupsOfPort } from '../security-group/membership.ts';
import type { Tx } from '../tables.ts';
import { type Log, type LogCreate, type LogUpdate, log } from './definition.ts';

/** What logs can be about. */
export const LOGGABLE_RESOURCES = ['security_group'] as const;

async function create(tx: Tx, context: Context, request: LogCreate): Promise<Log> {
  const { resource_type: type } = request;
  if (!LOGGABLE_RESOURCES.some((known) => known === type)) {
    throw errors.log.resourceType({ type, known: LOGGABLE_RESOURCES });
  }
  await checkScope(tx, request.resource_id, request.target_id);
  const { project_id: projectId = context.projectId, tenant_id: _, ...rest } = request;
  const record = { ...rest, ...newborn(), id: newId(), project_id: projectId, tenant_id: projectId };
  insertRow(tx, log, record);
  await recordGroups(tx, record);
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

async function update(tx: Tx, _context: Context, current: Log, changes: LogUpdate): Promise<Log> {
  const moved = updateRow(tx, log, current, changes);
  await recordGroups(tx, current);
  return { ...current, ...(changes as Partial<Log>), ...moved };
}

/** Notes the groups that the log's target is in, which it covers when it names none itself. */
async function recordGroups(tx: Tx, record: Log): Promise<void> {
  if (record.target_id === null || record.resource_id !== null) return;
  const covered_groups = await groupsOfPort(tx, record.target_id);
  recordChange(tx, log, record, [], { covered_groups });
}

async function remove(tx: Tx, _context: Context, current: Log): Promise<void> {
  deleteRow(tx, log, current);
  await recordGroups(tx, current);
}

export const logOperations: OperationsOn<typeof log> = {
  load: async (_db, rows) => rows.map((row) => fromRow(log, row)),
  create,
  update,
  delete: remove,
};
