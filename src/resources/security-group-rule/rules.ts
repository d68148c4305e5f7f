/** Rules about security group rules: pure. */

import { Prefix } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { SecurityGroupRule, SecurityGroupRuleCreate } from './definition.ts';
import { IPV6_ONLY, protocolNumber } from './protocol.ts';

/** A rule as it is stored. */
export type StoredRule = Omit<SecurityGroupRule, 'normalized_cidr' | 'tenant_id'>;

/** tcp, udp, sctp: the protocols whose ports OVN can match. A range that it could not would let every port through. */
const PORT_PROTOCOLS: ReadonlySet<number> = new Set([6, 17, 132]);
/** ICMP for IPv4 and IPv6: type and code stand where ports do. */
const ICMP_PROTOCOLS: ReadonlySet<number> = new Set([1, 58]);

/** On IPv6 rules every way to write ICMP means ICMPv6 (RFC 4443); its number stays as it was given, as in Neutron. */
function canonicalProtocol(protocol: string | null, ethertype: 'IPv4' | 'IPv6'): string | null {
  if (ethertype === 'IPv6' && protocol !== null && ['icmp', 'icmpv6', '1'].includes(protocol))
    return 'ipv6-icmp';
  return protocol;
}

/** All the ports there are need no range, as in Neutron. */
function canonicalPorts({
  port_range_min,
  port_range_max,
}: SecurityGroupRuleCreate): Pick<SecurityGroupRuleCreate, 'port_range_min' | 'port_range_max'> {
  return port_range_min === 1 && port_range_max === 65535
    ? { port_range_min: null, port_range_max: null }
    : { port_range_min, port_range_max };
}

/**
 * Checks a request for a rule and puts its protocol and ports in canonical form.
 * @throws RequestError 400 that names the attribute
 */
export function checkRule(request: SecurityGroupRuleCreate): SecurityGroupRuleCreate {
  const protocol = canonicalProtocol(request.protocol, request.ethertype);
  const rule = { ...request, protocol, ...canonicalPorts(request) };
  if (rule.ethertype === 'IPv4' && protocol !== null && IPV6_ONLY.has(protocol)) {
    throw errors.securityGroupRule.protocolOfIpv6({ protocol });
  }
  checkPorts(rule);
  const remotes = [rule.remote_ip_prefix, rule.remote_group_id, rule.remote_address_group_id];
  if (remotes.filter((remote) => remote !== null).length > 1) {
    throw errors.securityGroupRule.severalRemotes();
  }
  if (rule.remote_ip_prefix !== null) {
    const { family } = normalized(rule.remote_ip_prefix);
    if (`IPv${family}` !== rule.ethertype) {
      throw errors.securityGroupRule.remoteOfOtherVersion({
        ethertype: rule.ethertype,
        remote: rule.remote_ip_prefix,
        version: family,
      });
    }
  }
  return rule;
}

function checkPorts({ protocol, port_range_min: low, port_range_max: high }: SecurityGroupRuleCreate): void {
  if (low === null && high === null) return;
  if (protocol === null) {
    throw errors.securityGroupRule.portsWithoutProtocol();
  }
  const number = protocolNumber(protocol);
  if (ICMP_PROTOCOLS.has(number)) {
    if (low === null) throw errors.securityGroupRule.icmpTypeMissing({ code: String(high) });
    for (const [field, value] of [
      ['ICMP type (port_range_min)', low],
      ['ICMP code (port_range_max)', high],
    ] as const) {
      if (value !== null && value > 255) throw errors.securityGroupRule.icmpValue({ field, value });
    }
    return;
  }
  if (!PORT_PROTOCOLS.has(number)) {
    throw errors.securityGroupRule.protocolWithoutPorts({ protocol });
  }
  if (low === 0 || high === 0) {
    throw errors.securityGroupRule.portValue({ port: 0 });
  }
  if (low === null || high === null || low > high) {
    throw errors.securityGroupRule.portRange({ low: String(low), high: String(high) });
  }
}

/** The prefix that a rule's remote_ip_prefix means, whatever stands beyond its length. */
export const normalized = (remoteIpPrefix: string): Prefix =>
  Prefix.parse(remoteIpPrefix, { hostBits: 'clear' });

/** All that a rule says, in one text: two rules of a group may not say the same. */
export const meaningOf = (
  rule: Omit<StoredRule, 'id' | 'description' | 'created_at' | 'updated_at' | 'revision_number'>,
): string =>
  [
    rule.direction,
    rule.ethertype,
    rule.protocol === null ? '' : protocolNumber(rule.protocol),
    rule.port_range_min ?? '',
    rule.port_range_max ?? '',
    rule.remote_ip_prefix === null ? '' : normalized(rule.remote_ip_prefix),
    rule.remote_group_id ?? '',
    // Rules of before there were address groups say what they said.
    ...(rule.remote_address_group_id === null ? [] : [rule.remote_address_group_id]),
  ].join(' ');
