/** The quotas of projects: what they are, what is used of them, and their changes. */
import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import type { Settings } from '../context.ts';
import type { ResourceName } from '../registry.ts';
import type { Tables, Tx } from '../tables.ts';
import { COUNTED_RESOURCES, UNLIMITED } from './counted.ts';

/** How many of each resource; negative for any number. */
export type Quotas = Record<string, number>;

/** What a project may have, and has, of a resource; nothing is ever set aside. */
export interface QuotaDetail {
  readonly limit: number;
  readonly used: number;
  readonly reserved: 0;
}

/** What a project has of which nobody said anything else. */
export const defaultQuotas = ({ quotas = {} }: Settings): Quotas =>
  Object.fromEntries(COUNTED_RESOURCES.map((name) => [name, quotas[name] ?? UNLIMITED]));

/** The quotas of a project. */
export async function quotasOf(db: Kysely<Tables>, settings: Settings, projectId: string): Promise<Quotas> {
  const rows = await db
    .selectFrom('quotas')
    .select(['resource', 'most'])
    .where('project_id', '=', projectId)
    .execute();
  return { ...defaultQuotas(settings), ...fromRows(rows) };
}

const fromRows = (rows: readonly { resource: string; most: number }[]): Quotas =>
  Object.fromEntries(rows.map(({ resource, most }) => [resource, most]));

/** The quotas of a project, with what it has. */
export async function quotaDetailsOf(
  db: Kysely<Tables>,
  settings: Settings,
  projectId: string,
): Promise<Record<string, QuotaDetail>> {
  const limits = await quotasOf(db, settings, projectId);
  const used = await usedBy(db, projectId);
  return Object.fromEntries(
    Object.entries(limits).map(([name, limit]) => [name, { limit, used: used.get(name) ?? 0, reserved: 0 }]),
  );
}

async function usedBy(db: Kysely<Tables>, projectId: string): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('quota_usages')
    .select(['resource', 'used'])
    .where('project_id', '=', projectId)
    .execute();
  return new Map(rows.map(({ resource, used }) => [resource, used]));
}

/** The quotas of every project that has some of its own. */
export async function allQuotas(
  db: Kysely<Tables>,
  settings: Settings,
): Promise<Record<string, number | string>[]> {
  const rows = await db.selectFrom('quotas').selectAll().orderBy('project_id').execute();
  return Array.from(
    Map.groupBy(rows, ({ project_id }) => project_id),
    ([projectId, own]) => ({
      ...defaultQuotas(settings),
      ...fromRows(own),
      project_id: projectId,
      tenant_id: projectId,
    }),
  );
}

/**
 * Changes quotas of a project.
 * @param isChecked whether none may become less than what the project has
 * @throws RequestError 400 for one that would
 */
export async function setQuotas(
  tx: Tx,
  projectId: string,
  changes: Readonly<Partial<Record<ResourceName, number>>>,
  isChecked: boolean,
): Promise<void> {
  const used = isChecked ? await usedBy(tx.db, projectId) : new Map<string, number>();
  for (const [resource, most] of Object.entries(changes)) {
    const has = used.get(resource) ?? 0;
    if (most >= 0 && has > most) throw errors.quota.lessThanUsed({ limit: most, resource, used: has });
    await tx.db
      .insertInto('quotas')
      .values({ project_id: projectId, resource, most })
      .onConflict((conflict) => conflict.columns(['project_id', 'resource']).doUpdateSet({ most }))
      .execute();
  }
}

/**
 * Has a project the quotas of all again.
 * @throws RequestError 404 when it has none of its own
 */
export async function forgetQuotas(tx: Tx, projectId: string): Promise<void> {
  const { numDeletedRows } = await tx.db
    .deleteFrom('quotas')
    .where('project_id', '=', projectId)
    .executeTakeFirstOrThrow();
  if (numDeletedRows === 0n) throw errors.quota.notFound({ project: projectId });
}
