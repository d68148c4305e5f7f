/** Security group rules: create, delete. */

import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import { statement } from '../../store/index.ts';
import { requireAddressGroup } from '../address-group/operations.ts';
import type { Context } from '../context.ts';
import { newId } from '../new-id.ts';
import { deleteRow, newborn, slices, touchRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { securityGroup } from '../security-group/definition.ts';
import { requireGroups } from '../security-group/membership.ts';
import type { Tables, Tx } from '../tables.ts';
import { type SecurityGroupRule, type SecurityGroupRuleCreate, securityGroupRule } from './definition.ts';
import { insertRules, normalizedCidr, ruleOf } from './rows.ts';
import { checkRule, meaningOf, type StoredRule } from './rules.ts';

/** Rules that groups have, by what they say. */
const withMeanings = statement(
  (db: Kysely<Tables>, groupIds: readonly string[], meanings: readonly string[]) =>
    db
      .selectFrom('security_group_rules')
      .select(['id', 'security_group_id', 'meaning'])
      .where('security_group_id', 'in', groupIds)
      .where('meaning', 'in', meanings),
);

const keyOf = (groupId: string, meaning: string): string => `${groupId} ${meaning}`;

/** @throws RequestError 409 for a rule that its group has already, or that is there twice */
async function requireNoTwins(tx: Tx, rules: readonly StoredRule[]): Promise<void> {
  const known = new Map<string, string>();
  const meant = rules.map((rule) => ({ rule, meaning: meaningOf(rule) }));
  for (const slice of slices(meant)) {
    const groupIds = new Set(slice.map(({ rule }) => rule.security_group_id));
    const meanings = slice.map(({ meaning }) => meaning);
    for (const { id, security_group_id, meaning } of await withMeanings.all(tx.db, [...groupIds], meanings))
      known.set(keyOf(security_group_id, meaning), id);
  }
  for (const { rule, meaning } of meant) {
    const key = keyOf(rule.security_group_id, meaning);
    const twin = known.get(key);
    if (twin !== undefined) throw errors.securityGroupRule.exists({ id: twin });
    known.set(key, rule.id);
  }
}

async function createAll(
  tx: Tx,
  context: Context,
  requests: readonly SecurityGroupRuleCreate[],
): Promise<SecurityGroupRule[]> {
  const rules = requests.map(checkRule);
  const ids = rules.flatMap((rule) => [rule.security_group_id, rule.remote_group_id ?? []].flat());
  const groups = await requireGroups(tx, context, [...new Set(ids)]);
  // Of a group that is shared with a project, it says nothing.
  for (const { security_group_id: id } of rules)
    if (!context.isAdmin && groups.get(id) !== context.projectId)
      throw errors.notFound.security_group({ id });
  const addressGroups = new Set(
    rules.flatMap(({ remote_address_group_id }) => remote_address_group_id ?? []),
  );
  for (const id of addressGroups) await requireAddressGroup(tx, context, id);
  const { tags: _, ...fresh } = newborn();
  const stored = rules.map(({ tenant_id: _tenant, project_id: _project, ...rest }): StoredRule => {
    // Whoever adds it: the owner of a group sees all its rules, and may take each away.
    const owner = groups.get(rest.security_group_id) as string;
    return { ...rest, ...fresh, id: newId(), project_id: owner };
  });
  await requireNoTwins(tx, stored);
  insertRules(tx, stored);
  for (const id of new Set(rules.map((rule) => rule.security_group_id))) touchRow(tx, securityGroup, id);
  return stored.map((rule) => ({
    ...rule,
    tenant_id: rule.project_id,
    normalized_cidr: normalizedCidr(rule),
  }));
}

async function create(
  tx: Tx,
  context: Context,
  request: SecurityGroupRuleCreate,
): Promise<SecurityGroupRule> {
  const [made] = await createAll(tx, context, [request]);
  return made as SecurityGroupRule;
}

async function remove(tx: Tx, _context: Context, current: SecurityGroupRule): Promise<void> {
  deleteRow(tx, securityGroupRule, current);
  touchRow(tx, securityGroup, current.security_group_id);
}

export const securityGroupRuleOperations: OperationsOn<typeof securityGroupRule> = {
  load: async (_db, rows) => rows.map(ruleOf),
  // An administrator's rule in a project's group is that project's to see.
  visible: (projectId) => [
    (builder) =>
      builder(
        'security_group_rules.security_group_id',
        'in',
        builder
          .selectFrom('security_groups')
          .select('security_groups.id')
          .where('security_groups.project_id', '=', projectId),
      ),
  ],
  create,
  createAll,
  delete: remove,
};
