/** What security groups are made from. */

import type { Kysely } from 'kysely';
import type { Scope, SecurityGroupRow, SecurityGroupRuleRow, Tables } from '../../../resources/index.ts';

type Database = Kysely<Tables>;
type Ids = readonly string[];

export interface SecurityGroupSource {
  readonly id: string;
  readonly row: Pick<SecurityGroupRow, 'id' | 'project_id' | 'stateful'>;
  readonly rules: readonly SecurityGroupRuleRow[];
  /** The enabled logs that may cover what it decides. */
  readonly logs: readonly Scope[];
  /** The ports in the group, of those that logs name. */
  readonly loggedPorts: ReadonlySet<string>;
}

/** Security groups with their rules, and what is to be logged. */
export async function readSecurityGroups(db: Database, ids: Ids): Promise<SecurityGroupSource[]> {
  const rows = await db
    .selectFrom('security_groups')
    .select(['id', 'project_id', 'stateful'])
    .where('id', 'in', ids)
    .execute();
  const rules = await db
    .selectFrom('security_group_rules')
    .selectAll()
    .where('security_group_id', 'in', ids)
    .orderBy('id')
    .execute();
  const byGroup = Map.groupBy(rules, (rule) => rule.security_group_id);
  const logs = await readLogs(db, ids);
  const loggedPorts = await readMembers(
    db,
    ids,
    logs.flatMap(({ target_id }) => target_id ?? []),
  );
  return rows.map((row) => ({
    id: row.id,
    row,
    rules: byGroup.get(row.id) ?? [],
    logs,
    loggedPorts: loggedPorts.get(row.id) ?? new Set(),
  }));
}

/** The enabled logs of any of the groups, and those that name no group. */
const readLogs = (db: Database, groupIds: Ids): Promise<Scope[]> =>
  db
    .selectFrom('logs')
    .select(['project_id', 'resource_id', 'target_id', 'event'])
    .where('enabled', '=', 1)
    .where((where) => where.or([where('resource_id', 'in', groupIds), where('resource_id', 'is', null)]))
    .execute();

/** Which of the ports are in each of the groups. */
async function readMembers(db: Database, groupIds: Ids, portIds: Ids): Promise<Map<string, Set<string>>> {
  // PostgreSQL takes no empty list.
  if (portIds.length === 0) return new Map();
  const memberships = await db
    .selectFrom('port_security_groups')
    .selectAll()
    .where('port_id', 'in', portIds)
    .where('security_group_id', 'in', groupIds)
    .execute();
  const byGroup = Map.groupBy(memberships, ({ security_group_id }) => security_group_id);
  return new Map(Array.from(byGroup, ([id, rows]) => [id, new Set(rows.map(({ port_id }) => port_id))]));
}
