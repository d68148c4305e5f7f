/** Security group rules in the store. */
import type { Kysely } from 'kysely';
import type { Tx } from '../../store/store.ts';
import type { SecurityGroupRuleRow, Tables } from '../../store/tables.ts';
import { slices, toRow } from '../repository.ts';
import { type SecurityGroupRule, securityGroupRule } from './definition.ts';
import { meaningOf, normalized, type StoredRule } from './rules.ts';

export async function insertRules(tx: Tx, rules: readonly StoredRule[]): Promise<void> {
  const rows = rules.map(
    (rule) =>
      ({ ...toRow(securityGroupRule, rule), meaning: meaningOf(rule) }) as unknown as SecurityGroupRuleRow,
  );
  for (const slice of slices(rows, 100))
    await tx.db.insertInto('security_group_rules').values(slice).execute();
}

/** What a rule's normalized_cidr says. */
export const normalizedCidr = ({
  remote_ip_prefix,
}: Pick<SecurityGroupRule, 'remote_ip_prefix'>): string | null =>
  remote_ip_prefix === null ? null : `${normalized(remote_ip_prefix)}`;

/** A row of the table as a rule. */
export const ruleOf = ({ meaning: _, ...row }: SecurityGroupRuleRow): SecurityGroupRule => ({
  ...(row as Omit<SecurityGroupRule, 'normalized_cidr' | 'tenant_id'>),
  tenant_id: row.project_id,
  normalized_cidr: normalizedCidr(row),
});

/** The rules of some groups, oldest first. */
export async function rulesOf(
  db: Kysely<Tables>,
  groupIds: readonly string[],
): Promise<Map<string, SecurityGroupRule[]>> {
  const result = new Map<string, SecurityGroupRule[]>(groupIds.map((id) => [id, []]));
  for (const ids of slices(groupIds)) {
    const rows = await db
      .selectFrom('security_group_rules')
      .selectAll()
      .where('security_group_id', 'in', ids)
      .orderBy('id')
      .execute();
    for (const row of rows) result.get(row.security_group_id)?.push(ruleOf(row));
  }
  return result;
}
