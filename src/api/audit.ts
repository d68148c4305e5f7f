/** What an operator must be able to find later: who set an attribute that loosens what protects others. Pure. */

/** An audited attribute that got another value. */
import type { Definition, Values } from '../resources/index.ts';
export interface AuditedChange {
  readonly from: unknown;
  readonly to: unknown;
}

/**
 * The audited attributes that differ.
 * @param before the resource as it was; undefined for a new one, which is compared with what is usual
 */
export function auditedChanges(
  { attributes }: Definition,
  before: Values | undefined,
  after: Values,
): Record<string, AuditedChange> {
  const changes: Record<string, AuditedChange> = {};
  for (const [name, { audited, default: standard }] of Object.entries(attributes)) {
    const preset = typeof audited === 'object' ? audited.usual : standard;
    if (!audited || (before === undefined && preset === undefined)) continue;
    const [from, to] = [before === undefined ? preset : before[name], after[name]];
    if (JSON.stringify(from) !== JSON.stringify(to)) changes[name] = { from, to };
  }
  return changes;
}
