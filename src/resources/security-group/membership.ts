/** Which security groups ports are in. */

import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { insertDefaultRules } from '../default-security-group-rule/operations.ts';
import { newId } from '../new-id.ts';
import { insertRow, newborn, sendRows } from '../repository.ts';
import type { Tables, Tx } from '../tables.ts';
import { securityGroup } from './definition.ts';

/** The security groups that a port is in. */
export async function groupsOfPort(tx: Tx, portId: string): Promise<string[]> {
  const memberships = await tx.db
    .selectFrom('port_security_groups')
    .select('security_group_id')
    .where('port_id', '=', portId)
    .execute();
  return memberships.map(({ security_group_id }) => security_group_id);
}

/** The project's default group, made when it has none yet. */
export async function defaultGroupOf(tx: Tx, projectId: string): Promise<string> {
  const found = await findDefaultGroups(tx.db, [projectId]);
  return found.get(projectId) ?? makeDefaultGroup(tx, projectId);
}

/** The default groups of those projects that have one. */
export async function findDefaultGroups(
  db: Kysely<Tables>,
  projectIds: readonly string[],
): Promise<Map<string, string>> {
  // PostgreSQL takes no empty list.
  if (projectIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('default_security_groups')
    .selectAll()
    .where('project_id', 'in', projectIds)
    .execute();
  return new Map(rows.map(({ project_id, security_group_id }) => [project_id, security_group_id]));
}

/** @returns the id of the project's new default group; it must have none */
export async function makeDefaultGroup(tx: Tx, projectId: string): Promise<string> {
  const id = newId();
  insertGroup(tx, {
    id,
    project_id: projectId,
    name: 'default',
    description: 'Default security group',
    stateful: true,
  });
  sendRows(tx, 'default_security_groups', [{ project_id: projectId, security_group_id: id }]);
  await insertDefaultRules(tx, { id, project_id: projectId }, 'default');
  return id;
}

/** Inserts the row of a new group. */
export function insertGroup(
  tx: Tx,
  group: { id: string; project_id: string; name: string; description: string; stateful: boolean },
): ReturnType<typeof newborn> {
  const fresh = newborn();
  insertRow(tx, securityGroup, { ...group, ...fresh });
  return fresh;
}

/** @throws RequestError 404 for a group that is not the caller's */
export async function requireGroups(tx: Tx, context: Context, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const rows = await tx.db
    .selectFrom('security_groups')
    .select(['id', 'project_id'])
    .where('id', 'in', [...ids])
    .execute();
  const usable = new Set(
    rows.filter((row) => context.isAdmin || row.project_id === context.projectId).map(({ id }) => id),
  );
  for (const id of ids) if (!usable.has(id)) throw errors.notFound.security_group({ id });
}
