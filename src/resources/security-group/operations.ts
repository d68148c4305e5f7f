/** Security groups: create, update, delete. */
import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { insertDefaultRules } from '../default-security-group-rule/operations.ts';
import { newId } from '../new-id.ts';
import { deleteRow, fromRow, recordChange, updateRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { securityGroupRule } from '../security-group-rule/definition.ts';
import { rulesOf } from '../security-group-rule/rows.ts';
import { forgetSharing, sharedWith } from '../sharing.ts';
import type { SecurityGroupRow, Store, Tables, Tx } from '../tables.ts';
import {
  type SecurityGroup,
  type SecurityGroupCreate,
  type SecurityGroupUpdate,
  securityGroup,
} from './definition.ts';
import { defaultGroupOf, insertGroup } from './membership.ts';

async function load(db: Kysely<Tables>, rows: SecurityGroupRow[]): Promise<SecurityGroup[]> {
  const rules = await rulesOf(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({
    ...fromRow(securityGroup, row),
    security_group_rules: rules.get(row.id) ?? [],
  }));
}

async function create(tx: Tx, context: Context, request: SecurityGroupCreate): Promise<SecurityGroup> {
  const projectId = request.project_id ?? context.projectId;
  if (request.name === 'default') throw errors.securityGroup.nameIsDefault();
  await defaultGroupOf(tx, projectId);
  const id = newId();
  const { name, description, stateful } = request;
  const fresh = insertGroup(tx, { id, project_id: projectId, name, description, stateful });
  await insertDefaultRules(tx, { id, project_id: projectId }, 'other');
  return {
    ...fresh,
    id,
    project_id: projectId,
    tenant_id: projectId,
    name,
    description,
    stateful,
    shared: false,
    security_group_rules: (await rulesOf(tx.db, [id])).get(id) ?? [],
  };
}

async function isDefault(tx: Tx, id: string): Promise<boolean> {
  const row = await tx.db
    .selectFrom('default_security_groups')
    .select('project_id')
    .where('security_group_id', '=', id)
    .executeTakeFirst();
  return row !== undefined;
}

async function membersOf(tx: Tx, id: string, limit: number): Promise<string[]> {
  const rows = await tx.db
    .selectFrom('port_security_groups')
    .select('port_id')
    .where('security_group_id', '=', id)
    .limit(limit)
    .execute();
  return rows.map((row) => row.port_id);
}

async function update(
  tx: Tx,
  _context: Context,
  current: SecurityGroup,
  changes: SecurityGroupUpdate,
): Promise<SecurityGroup> {
  if (changes.name !== undefined && changes.name !== current.name) {
    if (await isDefault(tx, current.id)) throw errors.securityGroup.defaultRenamed();
    if (changes.name === 'default') throw errors.securityGroup.nameIsDefault();
  }
  if (
    changes.stateful !== undefined &&
    changes.stateful !== current.stateful &&
    (await membersOf(tx, current.id, 1)).length > 0
  ) {
    throw errors.securityGroup.statefulInUse({ id: current.id });
  }
  const moved = updateRow(tx, securityGroup, current, changes);
  return { ...current, ...(changes as Partial<SecurityGroup>), ...moved };
}

async function remove(tx: Tx, context: Context, current: SecurityGroup): Promise<void> {
  const [member] = await membersOf(tx, current.id, 1);
  if (member) throw errors.securityGroup.inUse({ id: current.id, port: member });
  if (!context.isAdmin && (await isDefault(tx, current.id))) {
    throw errors.securityGroup.defaultRemoved();
  }
  const referring = await tx.db
    .deleteFrom('security_group_rules')
    .where('remote_group_id', '=', current.id)
    .returning(['id', 'security_group_id'])
    .execute();
  for (const rule of referring) recordChange(tx, securityGroupRule, rule);
  deleteRow(tx, securityGroup, current);
  forgetSharing(tx, 'security_group', current.id);
}

export const securityGroupOperations: OperationsOn<typeof securityGroup, SecurityGroup> = {
  load,
  async beforeList(store: Store, context: Context) {
    const found = await store.read
      .selectFrom('default_security_groups')
      .select('project_id')
      .where('project_id', '=', context.projectId)
      .executeTakeFirst();
    const { projectId, cause } = context;
    if (!found) await store.transaction((tx) => defaultGroupOf(tx, projectId), { cause });
  },
  sharedAs: 'security_group',
  visible: (projectId) => [
    (builder) => builder('security_groups.id', 'in', sharedWith(builder, 'security_group', projectId)),
  ],
  create,
  update,
  delete: remove,
};
