/** QoS policies: create, update, delete. */
import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { newId } from '../new-id.ts';
import { userWithout } from '../rbac-policy/users.ts';
import { deleteRow, fromRow, insertRow, newborn, slices, updateRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { forgetSharing, sharedWith, shareWithAll, stopSharing } from '../sharing.ts';
import type { QosPolicyRow, QosRuleRow, Tables, Tx } from '../tables.ts';
import { type QosPolicy, type QosPolicyCreate, type QosPolicyUpdate, qosPolicy } from './definition.ts';
import { ruleView } from './rule-kinds.ts';
import { qosRules } from './rules.ts';

async function load(db: Kysely<Tables>, rows: QosPolicyRow[]): Promise<QosPolicy[]> {
  const found: QosRuleRow[] = [];
  for (const ids of slices(rows.map(({ id }) => id)))
    found.push(
      ...(await db.selectFrom('qos_rules').selectAll().where('policy_id', 'in', ids).orderBy('id').execute()),
    );
  const byPolicy = Map.groupBy(found, ({ policy_id }) => policy_id);
  return rows.map((row) => ({
    ...fromRow(qosPolicy, row),
    rules: (byPolicy.get(row.id) ?? []).map((rule) => ({
      ...ruleView(rule),
      type: rule.kind,
      qos_policy_id: row.id,
    })),
  }));
}

/** @throws RequestError 409 when the project has a default policy */
async function requireNoDefault(tx: Tx, projectId: string): Promise<void> {
  const other = await tx.db
    .selectFrom('policies')
    .select('id')
    .where('project_id', '=', projectId)
    .where('is_default', '=', 1)
    .executeTakeFirst();
  if (other) throw errors.qosPolicy.defaultExists({ project: projectId, id: other.id });
}

async function create(tx: Tx, context: Context, request: QosPolicyCreate): Promise<QosPolicy> {
  const projectId = request.project_id ?? context.projectId;
  if (request.is_default) await requireNoDefault(tx, projectId);
  const record = { ...request, ...newborn(), id: newId(), project_id: projectId, tenant_id: projectId };
  insertRow(tx, qosPolicy, record);
  if (record.shared) shareWithAll(tx, { ...record, kind: 'qos_policy' }, 'access_as_shared');
  return { ...record, rules: [] };
}

async function update(
  tx: Tx,
  _context: Context,
  current: QosPolicy,
  changes: QosPolicyUpdate,
): Promise<QosPolicy> {
  if (changes.is_default && !current.is_default) await requireNoDefault(tx, current.project_id);
  const thing = { ...current, kind: 'qos_policy' } as const;
  if (changes.shared === true && !current.shared) shareWithAll(tx, thing, 'access_as_shared');
  if (changes.shared === false && current.shared) {
    stopSharing(tx, thing, 'access_as_shared');
    const project = await userWithout(tx, thing, 'access_as_shared');
    if (project !== undefined) throw errors.rbacPolicy.inUse({ id: current.id, project });
  }
  const moved = updateRow(tx, qosPolicy, current, changes);
  return { ...current, ...(changes as Partial<QosPolicy>), ...moved };
}

async function remove(tx: Tx, _context: Context, current: QosPolicy): Promise<void> {
  for (const [kind, table] of [
    ['network', 'networks'],
    ['port', 'ports'],
    ['floatingip', 'floatingips'],
  ] as const) {
    const user = await tx.db
      .selectFrom(table)
      .select('id')
      .where('qos_policy_id', '=', current.id)
      .limit(1)
      .executeTakeFirst();
    if (user) throw errors.qosPolicy.inUse({ id: current.id, kind, user: user.id });
  }
  deleteRow(tx, qosPolicy, current);
  forgetSharing(tx, 'qos_policy', current.id);
}

export const qosPolicyOperations: OperationsOn<typeof qosPolicy> = {
  load,
  sharedAs: 'qos_policy',
  visible: (projectId) => [
    (builder) => builder('policies.id', 'in', sharedWith(builder, 'qos_policy', projectId)),
  ],
  create,
  update,
  delete: remove,
  nested: qosRules,
};
