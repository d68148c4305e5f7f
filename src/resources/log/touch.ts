/** Which security groups' plans depend on logs. */
import type { Tx } from '../../store/store.ts';
import type { Scope } from './coverage.ts';

/** Touches the groups that a log covers. */
export async function touchCovered(
  tx: Tx,
  log: Pick<Scope, 'project_id' | 'resource_id' | 'target_id'>,
): Promise<void> {
  const touch = (id: string) => tx.touch('security_group', id);
  if (log.resource_id !== null) return touch(log.resource_id);
  if (log.target_id !== null) {
    const memberships = await tx.db
      .selectFrom('port_security_groups')
      .select('security_group_id')
      .where('port_id', '=', log.target_id)
      .execute();
    for (const { security_group_id } of memberships) touch(security_group_id);
    return;
  }
  const groups = await tx.db
    .selectFrom('security_groups')
    .select('id')
    .where('project_id', '=', log.project_id)
    .execute();
  for (const { id } of groups) touch(id);
}

/** Touches groups that a port joins, leaves, or is in at its end, if a log names the port. */
export async function touchLogged(tx: Tx, portId: string, groupIds: Iterable<string>): Promise<void> {
  const logged = await tx.db
    .selectFrom('logs')
    .select('id')
    .where('target_id', '=', portId)
    .executeTakeFirst();
  if (logged === undefined) return;
  for (const id of groupIds) tx.touch('security_group', id);
}
