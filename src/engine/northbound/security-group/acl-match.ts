/** The language of OVN's ACLs, as far as rules need it. Pure. */
import type { SecurityGroupRuleRecord } from './record.ts';

/** Protocols whose ports OVN can match, by number. */
const WITH_PORTS = new Map([
  [6, 'tcp'],
  [17, 'udp'],
  [132, 'sctp'],
]);
const ICMP = { 4: 1, 6: 58 } as const;
/** The fragment header (RFC 8200 section 4.5): OVS looks behind it, so it shows as a property of the packet. */
const IPV6_FRAG = 44;

/**
 * The match of an ACL (ovn-sb(5), Logical_Flow) for a security group rule.
 *
 * @param group name of the group's port group
 * @param remoteSets names of the address sets of the other side, when the rule names a group
 * @returns undefined for a rule that OVN cannot express without letting more through: it then lets nothing through
 */
export function aclMatch(
  rule: SecurityGroupRuleRecord,
  group: string,
  remoteSets: readonly string[] | undefined,
): string | undefined {
  const { direction, family, remotePrefix } = rule;
  const protocol = protocolMatch(rule);
  if (protocol === undefined) return undefined;
  const remote = direction === 'ingress' ? `ip${family}.src` : `ip${family}.dst`;
  return [
    direction === 'ingress' ? `outport == @${group}` : `inport == @${group}`,
    `ip${family}`,
    ...(remotePrefix === null || remotePrefix.length === 0 ? [] : [`${remote} == ${remotePrefix}`]),
    ...(remoteSets === undefined ? [] : [`${remote} == ${setsOf(remoteSets)}`]),
    ...protocol,
  ].join(' && ');
}

const setsOf = (names: readonly string[]): string =>
  names.length === 1 ? `$${names[0]}` : `{${names.map((name) => `$${name}`).join(', ')}}`;

/** ICMPv6 errors and echo (RFC 4443): the types that connection tracking knows. Others it calls invalid. */
const TRACKED_TYPES: ReadonlySet<number> = new Set([1, 2, 3, 4, 128, 129]);
/**
 * The assigned types that belong to no connection, but for those of ND and MLD, which pass OVN's ACLs anyway: router
 * renumbering to inverse ND, mobile IPv6 to extended echo (IANA's registry of ICMPv6 parameters). OVN can compare
 * types for equality alone: an ACL with `>=` in it never gets to the switches.
 */
const UNTRACKED_TYPES = [
  138, 139, 140, 141, 142, 144, 145, 146, 147, 148, 149, 150, 151, 152, 153, 154, 155, 156, 157, 158, 159,
  160, 161,
];

const isIcmpv6 = ({ family, protocol }: SecurityGroupRuleRecord): boolean =>
  family === 6 && (protocol === ICMP[6] || protocol === ICMP[4]);

/** Whether all that a rule matches is ICMPv6 that must pass without connection tracking, or not at all. */
export const isUntracked = (rule: SecurityGroupRuleRecord): boolean =>
  isIcmpv6(rule) && rule.portRangeMin !== null && !TRACKED_TYPES.has(rule.portRangeMin);

/**
 * What has to be added to the match of a rule for the part of it that must pass without connection tracking;
 * undefined when there is no such part beside another. Rules without a protocol are in every default group: for
 * them this would multiply the flows of every port, and those types stay out.
 */
export function untrackedPart(rule: SecurityGroupRuleRecord): string | undefined {
  const matchesAllTypes = isIcmpv6(rule) && rule.portRangeMin === null;
  return matchesAllTypes ? `icmp6.type == {${UNTRACKED_TYPES.join(', ')}}` : undefined;
}

function protocolMatch({
  family,
  protocol,
  portRangeMin,
  portRangeMax,
}: SecurityGroupRuleRecord): string[] | undefined {
  if (protocol === null) return [];
  // ICMP on an IPv6 rule is ICMPv6, by whatever number it is called.
  if (protocol === ICMP[family] || (family === 6 && protocol === ICMP[4])) {
    const name = `icmp${family}`;
    return [
      name,
      ...(portRangeMin === null ? [] : [`${name}.type == ${portRangeMin}`]),
      ...(portRangeMax === null ? [] : [`${name}.code == ${portRangeMax}`]),
    ];
  }
  const name = WITH_PORTS.get(protocol);
  if (name !== undefined) return [name, ...portMatch(`${name}.dst`, portRangeMin, portRangeMax)];
  if (portRangeMin !== null || portRangeMax !== null) return undefined;
  return [family === 6 && protocol === IPV6_FRAG ? 'ip.is_frag' : `ip.proto == ${protocol}`];
}

function portMatch(field: string, low: number | null, high: number | null): string[] {
  if (low === null || high === null) return [];
  if (low === high) return [`${field} == ${low}`];
  return [`${field} >= ${low}`, `${field} <= ${high}`];
}
