/** The rows of a security group. Pure. */
import { SERVICE_ADDRESS, SERVICE_ADDRESS_V4, SERVICE_LINK_LOCAL } from '../../../host-contract/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import { aclLogging, aclName } from '../acls/logging.ts';
import { ALLOW_PRIORITY } from '../acls/priorities.ts';
import { addressSetName, groupRef, key, learnedSetName, portGroupName } from '../names.ts';
import { aclMatch, isUntracked, untrackedPart } from './acl-match.ts';
import { planLoggedDrops } from './logged-drops.ts';
import type { SecurityGroupRecord, SecurityGroupRuleRecord } from './record.ts';

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
    ...planLoggedDrops(group.id, group.logging),
  ];
}

const SERVICE_SOURCES = `{${SERVICE_LINK_LOCAL}, ${SERVICE_ADDRESS}}`;
const SERVICE_PORTS = '(tcp.src == {53, 80} || udp.src == 53)';

/**
 * What comes back to the members of a stateless group whatever its rules say, and would to those of a stateful one
 * because it belongs to a flow of theirs: errors (RFC 4890 section 4.3.1: without Packet Too Big there is no path MTU
 * discovery), and the answers of the network's DNS and metadata services. Members may send errors as well.
 */
function planAnswers(groupId: string, name: string): PlannedRow[] {
  const acl = (key: string, direction: 'to-lport' | 'from-lport', condition: string): PlannedRow => {
    const port = direction === 'to-lport' ? 'outport' : 'inport';
    const columns = {
      priority: ALLOW_PRIORITY,
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
    acl('services/4', 'to-lport', `ip4.src == ${SERVICE_ADDRESS_V4} && ${SERVICE_PORTS}`),
    acl('services/6', 'to-lport', `ip6.src == ${SERVICE_SOURCES} && ${SERVICE_PORTS}`),
  ];
}

/**
 * OVN makes address sets of every port group that have its name, with `_ip4` and `_ip6` behind it. What instances of its
 * ports took is not in them.
 */
function remoteSets({ family, ...rule }: SecurityGroupRuleRecord): readonly string[] | undefined {
  if (rule.remoteGroupId !== null) {
    const given = `${portGroupName(rule.remoteGroupId)}_ip${family}`;
    return family === 6 ? [given, learnedSetName(rule.remoteGroupId)] : [given];
  }
  const listed = rule.remoteAddressGroupId;
  return listed === null ? undefined : [`${addressSetName(listed)}_ip${family}`];
}

function planRule(rule: SecurityGroupRuleRecord, group: SecurityGroupRecord, name: string): PlannedRow[] {
  const match = aclMatch(rule, name, remoteSets(rule));
  if (match === undefined) return [];
  const acl = (suffix: string, condition: string, tracked: boolean): PlannedRow => ({
    table: 'ACL',
    key: `rule/${rule.id}${suffix}`,
    columns: {
      priority: ALLOW_PRIORITY,
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
