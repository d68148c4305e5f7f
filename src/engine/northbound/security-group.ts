/** Security groups as port groups with ACLs; and the group of all protected ports, where nothing passes by default. */

import { Prefix } from '../../addressing/index.ts';
import { protocolNumber } from '../../resources/security-group/protocol.ts';
import type { SecurityGroupRow, SecurityGroupRuleRow } from '../../store/tables.ts';
import type { PlannedRow, RowRef } from '../reconciler/plan.ts';
import { dropGroupName, dropGroupRef, groupRef, portGroupName } from './names.ts';

/** OVN's ACL priorities: what a rule allows stands above what is dropped by default. */
const dropPriority = 1001;
const allowPriority = 1002;

/** The names that OVN's match language has for protocols with ports. */
const portProtocols: Readonly<Record<number, string>> = { 6: 'tcp', 17: 'udp', 132: 'sctp' };

function protocolMatch(rule: SecurityGroupRuleRow): string[] {
  if (rule.protocol === null) return [];
  const number = protocolNumber(rule.protocol);
  const { port_range_min: low, port_range_max: high } = rule;
  const icmp =
    number === 58 && rule.ethertype === 'IPv6'
      ? 'icmp6'
      : number === 1 && rule.ethertype === 'IPv4'
        ? 'icmp4'
        : undefined;
  if (icmp) {
    return [
      icmp,
      ...(low === null ? [] : [`${icmp}.type == ${low}`]),
      ...(low === null || high === null ? [] : [`${icmp}.code == ${high}`]),
    ];
  }
  const name = portProtocols[number];
  if (name === undefined) return [`ip.proto == ${number}`];
  if (low === null || high === null) return [name];
  return low === high
    ? [name, `${name}.dst == ${low}`]
    : [name, `${name}.dst >= ${low}`, `${name}.dst <= ${high}`];
}

function remoteMatch(rule: SecurityGroupRuleRow): string[] {
  const family = rule.ethertype === 'IPv6' ? 'ip6' : 'ip4';
  const side = `${family}.${rule.direction === 'ingress' ? 'src' : 'dst'}`;
  // OVN keeps an address set of each port group's addresses, by family.
  if (rule.remote_group_id !== null) return [`${side} == $${portGroupName(rule.remote_group_id)}_${family}`];
  if (rule.remote_ip_prefix === null) return [];
  const prefix = Prefix.parse(rule.remote_ip_prefix, { hostBits: 'clear' });
  return prefix.length === 0 ? [] : [`${side} == ${prefix}`];
}

/** A rule in OVN's match language. */
export const matchOf = (rule: SecurityGroupRuleRow): string =>
  [
    `${rule.direction === 'ingress' ? 'outport' : 'inport'} == @${portGroupName(rule.security_group_id)}`,
    rule.ethertype === 'IPv6' ? 'ip6' : 'ip4',
    ...protocolMatch(rule),
    ...remoteMatch(rule),
  ].join(' && ');

function acl(
  group: RowRef,
  key: string,
  direction: 'ingress' | 'egress',
  priority: number,
  match: string,
  action: string,
): PlannedRow {
  return {
    table: 'ACL',
    key,
    columns: {
      direction: direction === 'ingress' ? 'to-lport' : 'from-lport',
      priority,
      match,
      action,
      external_ids: {},
    },
    parent: group,
  };
}

export function planSecurityGroup(
  group: SecurityGroupRow,
  rules: readonly SecurityGroupRuleRow[],
): readonly PlannedRow[] {
  const action = group.stateful === 1 ? 'allow-related' : 'allow-stateless';
  return [
    {
      table: 'Port_Group',
      key: 'group',
      columns: { name: portGroupName(group.id), external_ids: { 'neutron:security_group_name': group.name } },
    },
    ...rules.map((rule) =>
      acl(
        groupRef(group.id),
        rule.id,
        rule.direction as 'ingress' | 'egress',
        allowPriority,
        matchOf(rule),
        action,
      ),
    ),
  ];
}

/**
 * The group of all ports with port security: IP is dropped both ways unless a security group allows it. Instances may
 * always ask for addresses (RFC 8415 section 7.2: ports 546 and 547); OVN itself answers. Neighbor Discovery passes
 * ahead of all ACLs.
 */
export function planDropGroup(): readonly PlannedRow[] {
  const from = `inport == @${dropGroupName}`;
  return [
    { table: 'Port_Group', key: 'group', columns: { name: dropGroupName, external_ids: {} } },
    acl(dropGroupRef, 'drop ingress', 'ingress', dropPriority, `outport == @${dropGroupName} && ip`, 'drop'),
    acl(dropGroupRef, 'drop egress', 'egress', dropPriority, `${from} && ip`, 'drop'),
    acl(
      dropGroupRef,
      'dhcpv4',
      'egress',
      allowPriority,
      `${from} && ip4 && udp.src == 68 && udp.dst == 67`,
      'allow',
    ),
    acl(
      dropGroupRef,
      'dhcpv6',
      'egress',
      allowPriority,
      `${from} && ip6 && udp.src == 546 && udp.dst == 547`,
      'allow',
    ),
  ];
}
