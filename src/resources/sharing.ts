/** Who may use what projects share: rows of `rbac_policies` say it. */
import type { ExpressionBuilder, Kysely } from 'kysely';
import { statement } from '../store/index.ts';
import type { Context } from './context.ts';
import { newId } from './new-id.ts';
import type { SharedKind } from './rbac-policy/definition.ts';
import { slices, timestamp } from './repository.ts';
import type { Tables, Tx } from './tables.ts';

/** What others may do with it: use it as their own, or have gateways on it. */
export type SharedAs = 'access_as_shared' | 'access_as_external';

/** The target that means every project. */
export const EVERYBODY = '*';

/** What is shared. */
export interface SharedThing {
  readonly kind: SharedKind;
  readonly id: string;
  readonly project_id: string;
}

/** The ids of what is shared with a project, in one way or in whichever, as an index has them. */
export function sharedWith(
  builder: ExpressionBuilder<Tables, keyof Tables>,
  kind: SharedKind,
  projectId: string,
  as?: SharedAs,
) {
  const rows = builder
    .selectFrom('rbac_policies')
    .select('rbac_policies.object_id')
    .where('rbac_policies.object_type', '=', kind)
    .where('rbac_policies.target_tenant', 'in', [EVERYBODY, projectId]);
  return as === undefined ? rows : rows.where('rbac_policies.action', '=', as);
}

/** Of these ids those of what is shared with a project by policies, for it to use. */
export async function sharedAmong(
  db: Kysely<Tables>,
  kind: SharedKind,
  ids: readonly string[],
  projectId: string,
): Promise<Set<string>> {
  const found = new Set<string>();
  for (const part of slices(ids)) {
    const rows = await db
      .selectFrom('rbac_policies')
      .select('object_id')
      .where('object_type', '=', kind)
      .where('object_id', 'in', part)
      .where('target_tenant', 'in', [EVERYBODY, projectId])
      .where('action', '=', 'access_as_shared')
      .execute();
    for (const { object_id } of rows) found.add(object_id);
  }
  return found;
}

const policiesFor = statement((db: Kysely<Tables>, kind: SharedKind, id: string, projectId: string) =>
  db
    .selectFrom('rbac_policies')
    .select('action')
    .where('object_type', '=', kind)
    .where('object_id', '=', id)
    .where('target_tenant', 'in', [EVERYBODY, projectId]),
);

/** Whether the caller may use something: its owner may, whoever it is shared with, and administrators. */
export async function mayUse(
  db: Kysely<Tables>,
  kind: SharedKind,
  row: { readonly id: string; readonly project_id: string },
  context: Context,
): Promise<boolean> {
  if (context.isAdmin || row.project_id === context.projectId) return true;
  const found = await policiesFor.all(db, kind, row.id, context.projectId);
  return found.some(({ action }) => action === 'access_as_shared');
}

/** The same, in whichever way it is shared. */
export async function maySee(
  db: Kysely<Tables>,
  kind: SharedKind,
  row: { readonly id: string; readonly project_id: string },
  context: Context,
): Promise<boolean> {
  if (context.isAdmin || row.project_id === context.projectId) return true;
  return (await policiesFor.all(db, kind, row.id, context.projectId)).length > 0;
}

/** The projects that something is shared with in one way; `*` is all of them. */
export async function sharingTargetsOf(
  tx: Tx,
  { kind, id }: Pick<SharedThing, 'kind' | 'id'>,
  as: SharedAs,
): Promise<Set<string>> {
  const policies = await tx.db
    .selectFrom('rbac_policies')
    .select('target_tenant')
    .where('object_type', '=', kind)
    .where('object_id', '=', id)
    .where('action', '=', as)
    .execute();
  return new Set(policies.map(({ target_tenant }) => target_tenant));
}

/** Shares something with everybody. */
export function shareWithAll(tx: Tx, { kind, id, project_id }: SharedThing, as: SharedAs): void {
  const now = timestamp();
  tx.send(
    tx.db
      .insertInto('rbac_policies')
      .values({
        id: newId(),
        project_id,
        object_type: kind,
        object_id: id,
        target_tenant: EVERYBODY,
        action: as,
        created_at: now,
        updated_at: now,
        revision_number: 1,
      })
      .onConflict((conflict) => conflict.doNothing()),
  );
}

/** Shares something with everybody no more; or, of gateways, with nobody. */
export function stopSharing(tx: Tx, { kind, id }: Pick<SharedThing, 'kind' | 'id'>, as: SharedAs): void {
  const rows = tx.db
    .deleteFrom('rbac_policies')
    .where('object_type', '=', kind)
    .where('object_id', '=', id)
    .where('action', '=', as);
  tx.send(as === 'access_as_shared' ? rows.where('target_tenant', '=', EVERYBODY) : rows);
}

/** What is gone is shared with nobody. */
export function forgetSharing(tx: Tx, kind: SharedKind, id: string): void {
  tx.send(tx.db.deleteFrom('rbac_policies').where('object_type', '=', kind).where('object_id', '=', id));
}
