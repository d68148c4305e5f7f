/** Reads which of the packets that security groups decide about are logged. */
import type { Kysely } from 'kysely';
import { covers, type Scope, type Verdict } from '../../resources/log/coverage.ts';
import type { Tables } from '../../store/tables.ts';
import type { GroupLogging } from './records.ts';

/** @returns what is logged of each of the groups */
export async function readLogging(
  db: Kysely<Tables>,
  groups: readonly { readonly id: string; readonly project_id: string }[],
): Promise<(group: { readonly id: string; readonly project_id: string }) => GroupLogging> {
  const ids = groups.map(({ id }) => id);
  const logs =
    ids.length === 0
      ? []
      : await db
          .selectFrom('logs')
          .select(['project_id', 'resource_id', 'target_id', 'event'])
          .where('enabled', '=', 1)
          .where((where) => where.or([where('resource_id', 'in', ids), where('resource_id', 'is', null)]))
          .execute();
  const targets = logs.flatMap(({ target_id }) => target_id ?? []);
  const memberships =
    targets.length === 0
      ? []
      : await db
          .selectFrom('port_security_groups')
          .selectAll()
          .where('port_id', 'in', targets)
          .where('security_group_id', 'in', ids)
          .execute();
  const members = Map.groupBy(memberships, ({ security_group_id }) => security_group_id);
  return ({ id, project_id }) => {
    const ports = new Set((members.get(id) ?? []).map(({ port_id }) => port_id));
    const group = { id, projectId: project_id };
    const applying = (verdict: Verdict): Scope[] =>
      logs.filter((log) => {
        const portId = log.target_id ?? undefined;
        return (portId === undefined || ports.has(portId)) && covers(log, { group, portId }, verdict);
      });
    const dropping = applying('DROP').map(({ target_id }) => target_id);
    return {
      accepted: applying('ACCEPT').length > 0,
      dropped: dropping.includes(null) ? 'all' : [...new Set(dropping.filter((id) => id !== null))].sort(),
    };
  };
}
