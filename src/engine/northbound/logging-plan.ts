import { type PlannedRow, RowRef } from '../reconciler/plan.ts';
import { dropGroupUnit, groupRef, key, meterName, portGroupName } from './names.ts';
import type { GroupLogging } from './records.ts';

/** What limits how much is logged: packets a second for each ACL, and how many at once after a silence. */
const rate = { packets: 100, burst: 25 };

/** What ACLs are called in OVN's log: who decided. */
export const aclName = {
  rule: (id: string): string => `rule-${id}`,
  group: (id: string): string => `group-${id}`,
} as const;

/** The columns of an ACL that is logged, or is not. */
export const aclLogging = (name: string | undefined): PlannedRow['columns'] =>
  name === undefined ? { log: false } : { log: true, name, severity: 'info', meter: meterName };

/** The meter that logged ACLs share: `fair`, so that each is limited by itself. */
export function planMeter(): PlannedRow[] {
  return [
    {
      table: 'Meter_Band',
      key: 'meter/band',
      columns: { action: 'drop', rate: rate.packets, burst_size: rate.burst },
      parent: new RowRef('Meter', dropGroupUnit, key.meter),
    },
    { table: 'Meter', key: key.meter, columns: { name: meterName, unit: 'pktps', fair: true } },
  ];
}

/**
 * What a group's ports drop and is to be logged is dropped by ACLs of the group, ahead of those of the drop group:
 * OVN logs an ACL for all ports or for none.
 */
export function planLoggedDrops(groupId: string, { dropped }: GroupLogging, priority: number): PlannedRow[] {
  if (dropped.length === 0) return [];
  const ports =
    dropped === 'all' ? `@${portGroupName(groupId)}` : `{${dropped.map((id) => `"${id}"`).join(', ')}}`;
  const acl = (
    rowKey: string,
    direction: 'from-lport' | 'to-lport',
    port: 'inport' | 'outport',
  ): PlannedRow => ({
    table: 'ACL',
    key: rowKey,
    columns: {
      priority,
      direction,
      match: `${port} == ${ports} && ip`,
      action: 'drop',
      ...aclLogging(aclName.group(groupId)),
    },
    parent: groupRef(groupId),
  });
  return [acl('logged-drop/from', 'from-lport', 'inport'), acl('logged-drop/to', 'to-lport', 'outport')];
}
