/** The rows by which what a group drops is logged. Pure. */
import type { PlannedRow } from '../../reconciler/plan.ts';
import { aclLogging, aclName } from '../acls/logging.ts';
import { LOGGED_DROP_PRIORITY } from '../acls/priorities.ts';
import { groupRef, portGroupName } from '../names.ts';
import type { GroupLogging } from './logging.ts';

/**
 * What a group's ports drop and is to be logged is dropped by ACLs of the group, ahead of those that hold for all ports:
 * OVN logs an ACL for all ports or for none.
 */
export function planLoggedDrops(groupId: string, { dropped }: GroupLogging): PlannedRow[] {
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
      priority: LOGGED_DROP_PRIORITY,
      direction,
      match: `${port} == ${ports} && ip`,
      action: 'drop',
      ...aclLogging(aclName.group(groupId)),
    },
    parent: groupRef(groupId),
  });
  return [acl('logged-drop/from', 'from-lport', 'inport'), acl('logged-drop/to', 'to-lport', 'outport')];
}
