/** Whether a project has more than it may. */
import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import { statement } from '../../store/index.ts';
import type { Settings } from '../context.ts';
import type { Definition } from '../definition/definition.ts';
import type { Tables, Tx } from '../tables.ts';
import { UNLIMITED } from './counted.ts';

const usageOf = statement((db: Kysely<Tables>, projectId: string, resource: string) =>
  db
    .selectFrom('quota_usages as usage')
    .leftJoin('quotas', (join) =>
      join
        .onRef('quotas.project_id', '=', 'usage.project_id')
        .onRef('quotas.resource', '=', 'usage.resource'),
    )
    .select(['usage.used', 'quotas.most'])
    .where('usage.project_id', '=', projectId)
    .where('usage.resource', '=', resource),
);

/**
 * Checks what projects have after something was made: the database has counted it by then, and what makes too many is
 * undone. So nobody reckons what a request will come to, and to ask is behind what was sent anyway.
 * @param projectIds whose it is
 * @throws RequestError 409
 */
export async function requireQuota(
  tx: Tx,
  { quotas = {} }: Settings,
  { name, counted }: Definition,
  projectIds: ReadonlySet<string>,
): Promise<void> {
  if (counted === undefined) return;
  for (const resource of [name, ...(counted.bringing === undefined ? [] : [counted.bringing])])
    for (const project of projectIds) {
      const usage = await usageOf.first(tx.db, project, resource);
      const limit = usage?.most ?? quotas[resource] ?? UNLIMITED;
      if (usage === undefined || limit < 0 || usage.used <= limit) continue;
      throw errors.quota.exceeded({ resource, project, limit });
    }
}
