/** Which security groups ports are in. */

import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import { statement } from '../../store/index.ts';
import type { Context } from '../context.ts';
import { insertDefaultRules } from '../default-security-group-rule/operations.ts';
import { newId } from '../new-id.ts';
import { insertRow, newborn, sendRows, slices } from '../repository.ts';
import { mayUse } from '../sharing.ts';
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

const defaultOf = statement((db: Kysely<Tables>, projectId: string) =>
  db.selectFrom('default_security_groups').select('security_group_id').where('project_id', '=', projectId),
);

/** The project's default group, made when it has none yet. */
export async function defaultGroupOf(tx: Tx, projectId: string): Promise<string> {
  const found = await defaultOf.first(tx.db, projectId);
  return found?.security_group_id ?? makeDefaultGroup(tx, projectId);
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
  insertRow(tx, securityGroup, { ...group, ...fresh, shared: false });
  return fresh;
}

const groupsWithIds = statement((db: Kysely<Tables>, ids: readonly string[]) =>
  db.selectFrom('security_groups').select(['id', 'project_id']).where('id', 'in', ids),
);

/**
 * @returns the project of each
 * @throws RequestError 404 for a group that is neither the caller's nor shared with it
 */
export async function requireGroups(
  tx: Tx,
  context: Context,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const usable = new Map<string, string>();
  for (const slice of slices(ids))
    for (const row of await groupsWithIds.all(tx.db, slice))
      if (await mayUse(tx.db, 'security_group', row, context)) usable.set(row.id, row.project_id);
  for (const id of ids) if (!usable.has(id)) throw errors.notFound.security_group({ id });
  return usable;
}
