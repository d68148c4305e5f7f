import type { PlannedRow } from '../reconciler/plan.ts';
import { aclMatch, isUntracked, untrackedPart } from './acl-match.ts';
import { addressSetName, dropGroupName, dropGroupRef, groupRef, key, portGroupName } from './names.ts';
import type { SecurityGroupRecord, SecurityGroupRuleRecord } from './records.ts';

/** What rules let through comes before what the drop group drops. */
const allowPriority = 1_002;
const dropPriority = 1_001;

/**
 * A security group is a port group with an ACL for each rule; two where a stateful rule lets ICMPv6 through of which
 * part is foreign to connection tracking.
 */
export function planSecurityGroup(group: SecurityGroupRecord): PlannedRow[] {
  const name = portGroupName(group.id);
  return [
    { table: 'Port_Group', key: key.group, columns: { name } },
    ...group.rules.flatMap((rule) => planRule(rule, group, name)),
  ];
}

/** OVN makes address sets of every port group that have its name, with `_ip4` and `_ip6` behind it. */
function remoteSets({ remoteGroupId, remoteAddressGroupId }: SecurityGroupRuleRecord): string | undefined {
  if (remoteGroupId !== null) return portGroupName(remoteGroupId);
  return remoteAddressGroupId === null ? undefined : addressSetName(remoteAddressGroupId);
}

function planRule(rule: SecurityGroupRuleRecord, group: SecurityGroupRecord, name: string): PlannedRow[] {
  const match = aclMatch(rule, name, remoteSets(rule));
  if (match === undefined) return [];
  const acl = (suffix: string, condition: string, tracked: boolean): PlannedRow => ({
    table: 'ACL',
    key: `rule/${rule.id}${suffix}`,
    columns: {
      priority: allowPriority,
      direction: rule.direction === 'ingress' ? 'to-lport' : 'from-lport',
      match: condition,
      action: tracked ? 'allow-related' : 'allow-stateless',
    },
    parent: groupRef(group.id),
  });
  const rows = [acl('', match, group.stateful && !isUntracked(rule))];
  const part = group.stateful ? untrackedPart(rule) : undefined;
  if (part !== undefined) rows.push(acl('/untracked', `${match} && ${part}`, false));
  return rows;
}

/**
 * The port group of all protected ports: what no security group lets through is dropped, but for what a port
 * asks of OVN's DHCP server (the answers do not pass the ACLs). ND, RS, RA and MLD pass OVN's ACLs anyway.
 */
export function planDropGroup(): PlannedRow[] {
  const acl = (
    name: string,
    priority: number,
    direction: string,
    match: string,
    action: string,
  ): PlannedRow => ({
    table: 'ACL',
    key: name,
    columns: { priority, direction, match, action },
    parent: dropGroupRef,
  });
  const from = `inport == @${dropGroupName}`;
  const to = `outport == @${dropGroupName}`;
  return [
    { table: 'Port_Group', key: key.group, columns: { name: dropGroupName } },
    acl('drop/from', dropPriority, 'from-lport', `${from} && ip`, 'drop'),
    acl('drop/to', dropPriority, 'to-lport', `${to} && ip`, 'drop'),
    acl('dhcp/4', allowPriority, 'from-lport', `${from} && ip4 && udp.src == 68 && udp.dst == 67`, 'allow'),
    acl('dhcp/6', allowPriority, 'from-lport', `${from} && ip6 && udp.src == 546 && udp.dst == 547`, 'allow'),
  ];
}
