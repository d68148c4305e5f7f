/** RBAC policies: create, update, delete. */
import { errors } from '../../errors/index.ts';
import { addressGroup } from '../address-group/definition.ts';
import { addressScope } from '../address-scope/definition.ts';
import type { Context } from '../context.ts';
import type { Definition } from '../definition/definition.ts';
import { network } from '../network/definition.ts';
import { newId } from '../new-id.ts';
import { qosPolicy } from '../policy/definition.ts';
import {
  deleteRow,
  findRow,
  fromRow,
  insertRow,
  newborn,
  touchRow,
  updateRow,
  type Values,
} from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { securityGroup } from '../security-group/definition.ts';
import { EVERYBODY, maySee } from '../sharing.ts';
import { subnetpool } from '../subnetpool/definition.ts';
import { targetWithoutScope } from '../subnetpool/scope.ts';
import type { Tx } from '../tables.ts';
import {
  type RbacPolicy,
  type RbacPolicyCreate,
  type RbacPolicyUpdate,
  rbacPolicy,
  type SharedKind,
} from './definition.ts';
import { userWithout } from './users.ts';

const DEFINITIONS = {
  network,
  subnetpool,
  address_scope: addressScope,
  address_group: addressGroup,
  qos_policy: qosPolicy,
  security_group: securityGroup,
} as const satisfies Record<SharedKind, Definition>;

/** @throws RequestError 403 for what an administrator alone may share */
function requireRight(
  { isAdmin }: Context,
  { target_tenant, action }: Pick<RbacPolicy, 'target_tenant' | 'action'>,
): void {
  if (isAdmin) return;
  if (target_tenant === EVERYBODY) throw errors.rbacPolicy.withEverybody();
  if (action === 'access_as_external') throw errors.rbacPolicy.externalOfAdmins();
}

const rowOf = (tx: Tx, kind: SharedKind, id: string) => findRow(tx.db, DEFINITIONS[kind].collection, id);

/**
 * The thing that a policy is about.
 * @throws RequestError 404 when it is not there for the caller, 400 when it is another project's
 */
async function ownedBy(tx: Tx, context: Context, kind: SharedKind, id: string): Promise<void> {
  const row = await rowOf(tx, kind, id);
  if (!row || !(await maySee(tx.db, kind, row, context)))
    throw errors.notFound[DEFINITIONS[kind].name]({ id });
  if (!context.isAdmin && row.project_id !== context.projectId)
    throw errors.rbacPolicy.notOwner({ kind, id });
}

/** @throws RequestError 409 for a policy that there is already */
async function requireNew(
  tx: Tx,
  { object_type, object_id, target_tenant, action }: RbacPolicyCreate,
): Promise<void> {
  const twin = await tx.db
    .selectFrom('rbac_policies')
    .select('id')
    .where('object_type', '=', object_type)
    .where('object_id', '=', object_id)
    .where('target_tenant', '=', target_tenant)
    .where('action', '=', action)
    .executeTakeFirst();
  if (twin) throw errors.rbacPolicy.exists({ id: twin.id });
}

/** @throws RequestError 400 for a subnet pool whose address scope the project would not have */
async function requireScopeShared(
  tx: Tx,
  { object_type: kind, object_id: id, target_tenant: target }: RbacPolicyCreate,
): Promise<void> {
  if (kind !== 'subnetpool') return;
  const scope = (await findRow(tx.db, 'subnetpools', id))?.address_scope_id;
  if (scope && (await targetWithoutScope(tx, scope, [target])) !== undefined)
    throw errors.rbacPolicy.scopeNotShared({ id, scope });
}

/** Has the thing say that it is shared with everybody, and whether it is external; its revision moves in any case. */
async function tellThing(tx: Tx, { object_type: kind, object_id: id }: RbacPolicy): Promise<void> {
  const row = await rowOf(tx, kind, id);
  if (!row) return;
  const policies = await tx.db
    .selectFrom('rbac_policies')
    .select(['action', 'target_tenant'])
    .where('object_type', '=', kind)
    .where('object_id', '=', id)
    .execute();
  const shared = policies.some(
    ({ action, target_tenant }) => action === 'access_as_shared' && target_tenant === EVERYBODY,
  );
  const external = policies.some(({ action }) => action === 'access_as_external');
  const definition: Definition = DEFINITIONS[kind];
  const current = fromRow(definition, row as never) as unknown as Values & {
    id: string;
    revision_number: number;
    updated_at: string;
  };
  const changes = kind === 'network' ? { shared, 'router:external': external } : { shared };
  const { revision_number } = updateRow(tx, definition, current, changes);
  if (revision_number === current.revision_number) touchRow(tx, definition, id);
}

/** @throws RequestError 409 while somebody uses the thing who could not without what was taken away */
async function requireUnused(
  tx: Tx,
  { object_type: kind, object_id: id, action }: RbacPolicy,
): Promise<void> {
  const row = await rowOf(tx, kind, id);
  if (!row) return;
  const project = await userWithout(tx, { kind, id, project_id: row.project_id }, action);
  if (project !== undefined) throw errors.rbacPolicy.inUse({ id, project });
}

/** @throws RequestError 409 when auto-allocated topologies would lose their external network */
async function requireNoDefault(
  tx: Tx,
  { object_id: id, action, target_tenant }: Pick<RbacPolicy, 'object_id' | 'action' | 'target_tenant'>,
): Promise<void> {
  if (action !== 'access_as_external' || target_tenant !== EVERYBODY) return;
  if ((await findRow(tx.db, 'networks', id))?.is_default === 1)
    throw errors.rbacPolicy.defaultExternal({ id });
}

async function create(tx: Tx, context: Context, request: RbacPolicyCreate): Promise<RbacPolicy> {
  const { object_type: kind, object_id, action } = request;
  if (action === 'access_as_external' && kind !== 'network')
    throw errors.rbacPolicy.externalNetworks({ action, kind });
  await ownedBy(tx, context, kind, object_id);
  requireRight(context, request);
  await requireScopeShared(tx, request);
  await requireNew(tx, request);
  const { tags: _, ...fresh } = newborn();
  const projectId = request.project_id ?? context.projectId;
  const policy: RbacPolicy = {
    ...request,
    ...fresh,
    id: newId(),
    project_id: projectId,
    tenant_id: projectId,
  };
  insertRow(tx, rbacPolicy, policy);
  await tellThing(tx, policy);
  return policy;
}

async function update(
  tx: Tx,
  context: Context,
  current: RbacPolicy,
  changes: RbacPolicyUpdate,
): Promise<RbacPolicy> {
  const changed = { ...current, ...(changes as Partial<RbacPolicy>) };
  if (changed.target_tenant === current.target_tenant) return current;
  requireRight(context, changed);
  await requireNoDefault(tx, current);
  await requireScopeShared(tx, changed);
  await requireNew(tx, changed);
  const moved = updateRow(tx, rbacPolicy, current, changes);
  await requireUnused(tx, current);
  await tellThing(tx, current);
  return { ...changed, ...moved };
}

async function remove(tx: Tx, _context: Context, current: RbacPolicy): Promise<void> {
  await requireNoDefault(tx, current);
  deleteRow(tx, rbacPolicy, current);
  await requireUnused(tx, current);
  await tellThing(tx, current);
}

export const rbacPolicyOperations: OperationsOn<typeof rbacPolicy> = {
  load: async (_db, rows) => rows.map((row) => fromRow(rbacPolicy, row)),
  create,
  update,
  delete: remove,
};
