/** What the store knows of the ports and groups in a log's lines. */

import type { Kysely } from 'kysely';
import type { Tables } from '../../resources/index.ts';
import type { LoggedPacket } from './acl-log-line.ts';
import { type Known, namedBy } from './packet-records.ts';

/** Reads from the store what some packets' records need: a few queries, however many packets. */
export async function readKnown(db: Kysely<Tables>, packets: readonly LoggedPacket[]): Promise<Known> {
  const logs = await db
    .selectFrom('logs')
    .select(['id', 'project_id', 'resource_id', 'target_id', 'event'])
    .where('enabled', '=', 1)
    .orderBy('id')
    .execute();
  const named = packets.map(({ acl }) => namedBy(acl));
  const rules = await db
    .selectFrom('security_group_rules')
    .select(['id', 'security_group_id'])
    .where('id', 'in', idsOf(named.map(({ rule }) => rule)))
    .execute();
  const members = await db
    .selectFrom('ports')
    .innerJoin('port_security_groups', 'port_security_groups.port_id', 'ports.id')
    .select(['ports.id', 'ports.mac_address', 'port_security_groups.security_group_id'])
    .where('ports.mac_address', 'in', idsOf(packets.map(({ mac }) => mac)))
    .execute();
  const groupIds = [
    ...named.map(({ group }) => group),
    ...rules.map(({ security_group_id }) => security_group_id),
    ...members.map(({ security_group_id }) => security_group_id),
  ];
  const groups = await db
    .selectFrom('security_groups')
    .select(['id', 'project_id'])
    .where('id', 'in', idsOf(groupIds))
    .execute();
  const ports = Array.from(Map.groupBy(members, ({ id }) => id).values(), (rows) => ({
    id: rows[0]!.id,
    mac: rows[0]!.mac_address,
    groups: rows.map(({ security_group_id }) => security_group_id),
  }));
  return {
    ports: Map.groupBy(ports, ({ mac }) => mac),
    groupOfRule: new Map(rules.map(({ id, security_group_id }) => [id, security_group_id])),
    groups: new Map(groups.map(({ id, project_id }) => [id, { id, projectId: project_id }])),
    logs,
  };
}

/** Each once; one that nothing has when there is none, for databases take no empty list. */
function idsOf(ids: readonly (string | undefined)[]): string[] {
  const distinct = new Set(ids.filter((id) => id !== undefined));
  return distinct.size === 0 ? [''] : [...distinct];
}
