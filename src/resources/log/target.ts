/** Ports as the targets of logs: which security groups a log covers by its target. */
import { recordChange } from '../repository.ts';
import { groupsOfPort } from '../security-group/membership.ts';
import type { Tx } from '../tables.ts';
import { log } from './definition.ts';

const logsOf = (tx: Tx, portId: string) =>
  tx.db
    .selectFrom('logs')
    .select(['id', 'project_id', 'resource_id', 'target_id'])
    .where('target_id', '=', portId)
    .execute();

/** Notes that the logs of a port cover other groups now: those that it joins, leaves, or is in at its end. */
export async function recordCoverage(tx: Tx, portId: string, groupIds: readonly string[]): Promise<void> {
  for (const record of await logsOf(tx, portId))
    recordChange(tx, log, record, ['covered_groups'], { covered_groups: groupIds });
}

/** Deletes the logs of a port that goes away. */
export async function dropTarget(tx: Tx, portId: string): Promise<void> {
  const logs = await logsOf(tx, portId);
  if (logs.length === 0) return;
  const covered_groups = await groupsOfPort(tx, portId);
  for (const record of logs) recordChange(tx, log, record, undefined, { covered_groups });
  await tx.db.deleteFrom('logs').where('target_id', '=', portId).execute();
}
