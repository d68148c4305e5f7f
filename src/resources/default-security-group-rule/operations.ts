/** The rules that new security groups begin with. */

import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { newId } from '../new-id.ts';
import { deleteRow, fromRow, insertRow, newborn } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { insertRules } from '../security-group-rule/rows.ts';
import { checkRule, meaningOf } from '../security-group-rule/rules.ts';
import type { Tx } from '../tables.ts';
import { type DefaultRule, type DefaultRuleCreate, defaultSecurityGroupRule, PARENT } from './definition.ts';

/** As it is stored: it is no project's. */
type Stored = DefaultRule & { project_id: '' };

/** Gives a new group the rules that groups of its kind begin with. */
export async function insertDefaultRules(
  tx: Tx,
  group: { id: string; project_id: string },
  kind: 'default' | 'other',
): Promise<void> {
  const templates = await tx.db
    .selectFrom('default_security_group_rules')
    .selectAll()
    .where(kind === 'default' ? 'used_in_default_sg' : 'used_in_non_default_sg', '=', 1)
    .orderBy('id')
    .execute();
  const rules = templates.map((template) => {
    const rule = fromRow(defaultSecurityGroupRule, template);
    const { used_in_default_sg: _default, used_in_non_default_sg: _other, ...said } = rule;
    const { tags: _tags, ...fresh } = newborn();
    return {
      ...said,
      ...fresh,
      id: newId(),
      project_id: group.project_id,
      security_group_id: group.id,
      remote_group_id: rule.remote_group_id === PARENT ? group.id : null,
      remote_address_group_id: null,
    };
  });
  insertRules(tx, rules);
}

async function create(tx: Tx, _context: Context, request: DefaultRuleCreate): Promise<Stored> {
  const elsewhere = { security_group_id: '', remote_address_group_id: null };
  const { protocol, port_range_min, port_range_max } = checkRule({ ...request, ...elsewhere });
  const { tags: _, ...fresh } = newborn();
  const rule = {
    ...request,
    ...fresh,
    protocol,
    port_range_min,
    port_range_max,
    id: newId(),
    project_id: '' as const,
  };
  const meaning = meaningOf({ ...rule, ...elsewhere });
  const twin = await tx.db
    .selectFrom('default_security_group_rules')
    .select('id')
    .where('meaning', '=', meaning)
    .executeTakeFirst();
  if (twin) {
    throw errors.securityGroupRule.defaultExists({ id: twin.id });
  }
  insertRow(tx, defaultSecurityGroupRule, rule, { project_id: '', meaning });
  return rule;
}

export const defaultSecurityGroupRuleOperations: OperationsOn<typeof defaultSecurityGroupRule, Stored> = {
  load: async (_db, rows) =>
    rows.map((row) => ({ ...fromRow(defaultSecurityGroupRule, row), project_id: '' as const })),
  visible: () => [(builder) => builder('default_security_group_rules.project_id', '=', '')],
  create,
  async delete(tx, _context, current) {
    deleteRow(tx, defaultSecurityGroupRule, current);
  },
};
