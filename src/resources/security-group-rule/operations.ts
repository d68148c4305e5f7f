/** Security group rules: create, delete. */

import { errors } from '../../errors/index.ts';
import { requireAddressGroup } from '../address-group/operations.ts';
import type { Context } from '../context.ts';
import { newId } from '../new-id.ts';
import { deleteRow, findRow, newborn, touchRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { securityGroup } from '../security-group/definition.ts';
import { requireGroups } from '../security-group/membership.ts';
import type { Tx } from '../tables.ts';
import { type SecurityGroupRule, type SecurityGroupRuleCreate, securityGroupRule } from './definition.ts';
import { insertRules, normalizedCidr, ruleOf } from './rows.ts';
import { checkRule, meaningOf } from './rules.ts';

async function create(
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
  const { tenant_id: _tenant, project_id: _project, ...rest } = rule;
  // Whoever adds it: the owner of a group sees all its rules, and may take each away.
  const { project_id } = group;
  const stored = { ...rest, ...fresh, id: newId(), project_id };
  const twin = await tx.db
    .selectFrom('security_group_rules')
    .select('id')
    .where('security_group_id', '=', rule.security_group_id)
    .where('meaning', '=', meaningOf(stored))
    .executeTakeFirst();
  if (twin) throw errors.securityGroupRule.exists({ id: twin.id });
  insertRules(tx, [stored]);
  touchRow(tx, securityGroup, group.id);
  return { ...stored, tenant_id: project_id, normalized_cidr: normalizedCidr(stored) };
}

async function remove(tx: Tx, _context: Context, current: SecurityGroupRule): Promise<void> {
  deleteRow(tx, securityGroupRule, current);
  touchRow(tx, securityGroup, current.security_group_id);
}

export const securityGroupRuleOperations: OperationsOn<typeof securityGroupRule> = {
  load: async (_db, rows) => rows.map(ruleOf),
  create,
  delete: remove,
};
