/** Security groups and their rules: create, update, delete. */

import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import type { Store, Tx } from '../../store/store.ts';
import type { SecurityGroupRuleRow, Tables } from '../../store/tables.ts';
import { requireAddressGroup } from '../address-group/operations.ts';
import type { Context } from '../context.ts';
import { newId } from '../new-id.ts';
import { deleteRow, findRow, fromRow, newborn, updateRow, type Values } from '../repository.ts';
import type { Resource } from '../resource.ts';
import { insertDefaultRules } from './default-rules.ts';
import {
  type SecurityGroup,
  type SecurityGroupCreate,
  type SecurityGroupRule,
  type SecurityGroupRuleCreate,
  type SecurityGroupUpdate,
  securityGroup,
  securityGroupRule,
} from './definition.ts';
import { defaultGroupOf, insertGroup, requireGroups } from './membership.ts';
import { insertRules, normalizedCidr, ruleOf, rulesOf } from './rule-rows.ts';
import { checkRule, meaningOf } from './rules.ts';

async function load(db: Kysely<Tables>, rows: Values[]): Promise<SecurityGroup[]> {
  const rules = await rulesOf(
    db,
    rows.map((row) => String(row.id)),
  );
  return rows.map(
    (row) =>
      ({
        ...fromRow(securityGroup, row),
        shared: false,
        security_group_rules: rules.get(String(row.id)) ?? [],
      }) as unknown as SecurityGroup,
  );
}

async function create(tx: Tx, context: Context, request: SecurityGroupCreate): Promise<SecurityGroup> {
  const projectId = request.project_id ?? context.projectId;
  if (request.name === 'default') throw errors.securityGroup.nameIsDefault();
  await defaultGroupOf(tx, projectId);
  const id = newId();
  const { name, description, stateful } = request;
  const fresh = await insertGroup(tx, { id, project_id: projectId, name, description, stateful });
  await insertDefaultRules(tx, { id, project_id: projectId }, 'other');
  tx.touch('security_group', id);
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
  if (changes.name !== undefined && changes.name !== current.name && (await isDefault(tx, current.id))) {
    throw errors.securityGroup.defaultRenamed();
  }
  if (
    changes.stateful !== undefined &&
    changes.stateful !== current.stateful &&
    (await membersOf(tx, current.id, 1)).length > 0
  ) {
    throw errors.securityGroup.statefulInUse({ id: current.id });
  }
  const moved = await updateRow(tx.db, securityGroup, current, changes);
  tx.touch('security_group', current.id);
  return { ...current, ...(changes as Partial<SecurityGroup>), ...moved };
}

async function remove(tx: Tx, context: Context, current: SecurityGroup): Promise<void> {
  const [member] = await membersOf(tx, current.id, 1);
  if (member) throw errors.securityGroup.inUse({ id: current.id, port: member });
  if (!context.isAdmin && (await isDefault(tx, current.id))) {
    throw errors.securityGroup.defaultRemoved();
  }
  const referring = await tx.db
    .selectFrom('security_group_rules')
    .select('security_group_id')
    .distinct()
    .where('remote_group_id', '=', current.id)
    .execute();
  for (const { security_group_id } of referring) tx.touch('security_group', security_group_id);
  await deleteRow(tx.db, securityGroup, current.id);
  tx.touch('security_group', current.id);
}

export const securityGroupResource: Resource<SecurityGroup, SecurityGroupCreate, SecurityGroupUpdate> = {
  definition: securityGroup,
  load,
  async beforeList(store: Store, context: Context) {
    const found = await store.read
      .selectFrom('default_security_groups')
      .select('project_id')
      .where('project_id', '=', context.projectId)
      .executeTakeFirst();
    if (!found) await store.transaction((tx) => defaultGroupOf(tx, context.projectId));
  },
  create,
  update,
  delete: remove,
};

async function createRule(
  tx: Tx,
  context: Context,
  request: SecurityGroupRuleCreate,
): Promise<SecurityGroupRule> {
  const rule = checkRule(request);
  await requireGroups(tx, context, [rule.security_group_id]);
  if (rule.remote_group_id !== null) await requireGroups(tx, context, [rule.remote_group_id]);
  if (rule.remote_address_group_id !== null)
    await requireAddressGroup(tx, context, rule.remote_address_group_id);
  const group = await findRow(tx.db, 'security_groups', rule.security_group_id);
  if (!group) throw errors.notFound.security_group({ id: rule.security_group_id });
  const { tags: _, ...fresh } = newborn();
  const { tenant_id: _tenant, project_id = group.project_id, ...rest } = rule;
  const stored = { ...rest, ...fresh, id: newId(), project_id };
  const twin = await tx.db
    .selectFrom('security_group_rules')
    .select('id')
    .where('security_group_id', '=', rule.security_group_id)
    .where('meaning', '=', meaningOf(stored))
    .executeTakeFirst();
  if (twin) throw errors.securityGroupRule.exists({ id: twin.id });
  await insertRules(tx, [stored]);
  tx.touch('security_group', rule.security_group_id);
  return { ...stored, tenant_id: project_id, normalized_cidr: normalizedCidr(stored) };
}

async function removeRule(tx: Tx, _context: Context, current: SecurityGroupRule): Promise<void> {
  await deleteRow(tx.db, securityGroupRule, current.id);
  tx.touch('security_group', current.security_group_id);
}

export const securityGroupRuleResource: Resource<SecurityGroupRule, SecurityGroupRuleCreate> = {
  definition: securityGroupRule,
  load: async (_db, rows) => rows.map((row) => ruleOf(row as unknown as SecurityGroupRuleRow)),
  create: createRule,
  delete: removeRule,
};
