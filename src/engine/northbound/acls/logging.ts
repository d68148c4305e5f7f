/** How ACLs are logged, and what they are called then. */
import type { PlannedRow } from '../../reconciler/plan.ts';
import { METER_NAME } from '../names.ts';

/** What ACLs are called in OVN's log: who decided. */
export const aclName = {
  rule: (id: string): string => `rule-${id}`,
  group: (id: string): string => `group-${id}`,
} as const;

/** The columns of an ACL that is logged, or is not. */
export const aclLogging = (name: string | undefined): PlannedRow['columns'] =>
  name === undefined ? { log: false } : { log: true, name, severity: 'info', meter: METER_NAME };
