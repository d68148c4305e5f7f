/** Which security groups ports are in. */

import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { insertDefaultRules } from '../default-security-group-rule/operations.ts';
import { newId } from '../new-id.ts';
import { insertRow, newborn } from '../repository.ts';
import type { Tx } from '../tables.ts';
import { securityGroup } from './definition.ts';

/** The project's default group, made when it has none yet. */
export async function defaultGroupOf(tx: Tx, projectId: string): Promise<string> {
  const found = await tx.db
    .selectFrom('default_security_groups')
    .select('security_group_id')
    .where('project_id', '=', projectId)
    .executeTakeFirst();
  return found?.security_group_id ?? makeDefaultGroup(tx, projectId);
}

async function makeDefaultGroup(tx: Tx, projectId: string): Promise<string> {
  const id = newId();
  await insertGroup(tx, {
    id,
    project_id: projectId,
    name: 'default',
    description: 'Default security group',
    stateful: true,
  });
  const claimed = await tx.db
    .insertInto('default_security_groups')
    .values({ project_id: projectId, security_group_id: id })
    .onConflict((columns) => columns.column('project_id').doNothing())
    .executeTakeFirst();
  if (Number(claimed.numInsertedOrUpdatedRows) === 0) {
    // Another process made it at the same moment: its one counts.
    await tx.db.deleteFrom('security_groups').where('id', '=', id).execute();
    return defaultGroupOf(tx, projectId);
  }
  await insertDefaultRules(tx, { id, project_id: projectId }, 'default');
  return id;
}

/** Inserts the row of a new group. */
export async function insertGroup(
  tx: Tx,
  group: { id: string; project_id: string; name: string; description: string; stateful: boolean },
): Promise<ReturnType<typeof newborn>> {
  const fresh = newborn();
  await insertRow(tx, securityGroup, { ...group, ...fresh });
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
