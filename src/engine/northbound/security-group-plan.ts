import { SERVICE_ADDRESS, SERVICE_ADDRESS_V4, SERVICE_LINK_LOCAL } from '../../host-contract/index.ts';
import type { PlannedRow } from '../reconciler/plan.ts';
import { aclMatch, isUntracked, untrackedPart } from './acl-match.ts';
import { aclLogging, aclName, planLoggedDrops, planMeter } from './logging-plan.ts';
import { addressSetName, dropGroupName, dropGroupRef, groupRef, key, portGroupName } from './names.ts';
import type { SecurityGroupRecord, SecurityGroupRuleRecord } from './records.ts';

/** What rules let through comes before what the drop group drops, and in between what is dropped and logged. */
const allowPriority = 1_002;
const loggedDropPriority = 1_001;
const dropPriority = 1_000;

/**
 * A security group is a port group with an ACL for each rule; two where a stateful rule lets ICMPv6 through of which
 * part is foreign to connection tracking.
 */
export function planSecurityGroup(group: SecurityGroupRecord): PlannedRow[] {
  const name = portGroupName(group.id);
  return [
    { table: 'Port_Group', key: key.group, columns: { name } },
    ...group.rules.flatMap((rule) => planRule(rule, group, name)),
    ...(group.stateful ? [] : planAnswers(group.id, name)),
    ...planLoggedDrops(group.id, group.logging, loggedDropPriority),
  ];
}

const serviceSources = `{${SERVICE_LINK_LOCAL}, ${SERVICE_ADDRESS}}`;
const servicePorts = '(tcp.src == {53, 80} || udp.src == 53)';

/**
 * What comes back to the members of a stateless group whatever its rules say, and would to those of a stateful one
 * because it belongs to a flow of theirs: errors (RFC 4890 section 4.3.1: without Packet Too Big there is no path MTU
 * discovery), and the answers of the network's DNS and metadata services. Members may send errors as well.
 */
function planAnswers(groupId: string, name: string): PlannedRow[] {
  const acl = (key: string, direction: 'to-lport' | 'from-lport', condition: string): PlannedRow => {
    const port = direction === 'to-lport' ? 'outport' : 'inport';
    const columns = {
      priority: allowPriority,
      direction,
      match: `${port} == @${name} && ${condition}`,
      action: 'allow-stateless',
      ...aclLogging(undefined),
    };
    return { table: 'ACL', key, columns, parent: groupRef(groupId) };
  };
  const errors = { 4: 'icmp4 && icmp4.type == {3, 11, 12}', 6: 'icmp6 && icmp6.type == {1, 2, 3, 4}' };
  return [
    acl('errors/in/4', 'to-lport', errors[4]),
    acl('errors/in/6', 'to-lport', errors[6]),
    acl('errors/out/4', 'from-lport', errors[4]),
    acl('errors/out/6', 'from-lport', errors[6]),
    acl('services/4', 'to-lport', `ip4.src == ${SERVICE_ADDRESS_V4} && ${servicePorts}`),
    acl('services/6', 'to-lport', `ip6.src == ${serviceSources} && ${servicePorts}`),
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
      ...aclLogging(group.logging.accepted ? aclName.rule(rule.id) : undefined),
    },
    parent: groupRef(group.id),
  });
  const rows = [acl('', match, group.stateful && !isUntracked(rule))];
  const part = group.stateful ? untrackedPart(rule) : undefined;
  if (part !== undefined) rows.push(acl('/untracked', `${match} && ${part}`, false));
  return rows;
}

/**
 * The port group of all protected ports, and the meter of what is logged: what no security group lets through is dropped, but for DHCP. Answers of
 * OVN's own DHCP server do not pass the ACLs; those of a DHCPv6 server come from a link-local address (RFC 8415
 * section 18.3), and answer what was sent to a group, so that connection tracking does not know them. Instances that
 * play the server are stopped where they send. ND, RS, RA and MLD pass OVN's ACLs anyway.
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
    columns: { priority, direction, match, action, ...aclLogging(undefined) },
    parent: dropGroupRef,
  });
  const from = `inport == @${dropGroupName}`;
  const to = `outport == @${dropGroupName}`;
  return [
    ...planMeter(),
    { table: 'Port_Group', key: key.group, columns: { name: dropGroupName } },
    acl('drop/from', dropPriority, 'from-lport', `${from} && ip`, 'drop'),
    acl('drop/to', dropPriority, 'to-lport', `${to} && ip`, 'drop'),
    acl('dhcp/4', allowPriority, 'from-lport', `${from} && ip4 && udp.src == 68 && udp.dst == 67`, 'allow'),
    acl('dhcp/6', allowPriority, 'from-lport', `${from} && ip6 && udp.src == 546 && udp.dst == 547`, 'allow'),
    acl(
      'dhcp/6/answers',
      allowPriority,
      'to-lport',
      `${to} && ip6.src == fe80::/10 && udp.src == 547 && udp.dst == 546`,
      'allow',
    ),
  ];
}
