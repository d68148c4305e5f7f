/** Security group rules in the store. */
import type { Kysely } from 'kysely';
import { statement } from '../../store/index.ts';
import { fromRow, recordChange, sendRows, slices, toRow } from '../repository.ts';
import type { SecurityGroupRuleRow, Tables, Tx } from '../tables.ts';
import { type SecurityGroupRule, securityGroupRule } from './definition.ts';
import { meaningOf, normalized, type StoredRule } from './rules.ts';

export function insertRules(tx: Tx, rules: readonly StoredRule[]): void {
  const rows = rules.map(
    (rule) => ({ ...toRow(securityGroupRule, rule), meaning: meaningOf(rule) }) as SecurityGroupRuleRow,
  );
  sendRows(tx, 'security_group_rules', rows);
  for (const rule of rules) recordChange(tx, securityGroupRule, rule);
}

/** What a rule's normalized_cidr says. */
export const normalizedCidr = ({
  remote_ip_prefix,
}: Pick<SecurityGroupRule, 'remote_ip_prefix'>): string | null =>
  remote_ip_prefix === null ? null : `${normalized(remote_ip_prefix)}`;

/** A row of the table as a rule. */
export const ruleOf = (row: SecurityGroupRuleRow): SecurityGroupRule => ({
  ...fromRow(securityGroupRule, row),
  normalized_cidr: normalizedCidr(row),
});

const inGroups = statement((db: Kysely<Tables>, groupIds: readonly string[]) =>
  db.selectFrom('security_group_rules').selectAll().where('security_group_id', 'in', groupIds).orderBy('id'),
);

/** The rules of some groups, oldest first. */
export async function rulesOf(
  db: Kysely<Tables>,
  groupIds: readonly string[],
): Promise<Map<string, SecurityGroupRule[]>> {
  const result = new Map<string, SecurityGroupRule[]>(groupIds.map((id) => [id, []]));
  for (const ids of slices(groupIds)) {
    for (const row of await inGroups.all(db, ids)) result.get(row.security_group_id)?.push(ruleOf(row));
  }
  return result;
}
