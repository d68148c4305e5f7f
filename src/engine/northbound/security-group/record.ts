/** What plans know of a security group. */

import { type Family, Prefix } from '../../../addressing/index.ts';
import { protocolNumber, type SecurityGroupRuleRow } from '../../../resources/index.ts';
import { columnsOf, orNull } from '../records/columns.ts';
import { type GroupLogging, groupLogging } from './logging.ts';
import type { SecurityGroupSource } from './read.ts';

export interface SecurityGroupRuleRecord {
  readonly id: string;
  readonly direction: 'ingress' | 'egress';
  readonly family: Family;
  /** IP protocol number; null for all. */
  readonly protocol: number | null;
  /** First and last port, or ICMP type and code. */
  readonly portRangeMin: number | null;
  readonly portRangeMax: number | null;
  readonly remotePrefix: Prefix | null;
  readonly remoteGroupId: string | null;
  readonly remoteAddressGroupId: string | null;
}

export interface SecurityGroupRecord {
  readonly id: string;
  readonly logging: GroupLogging;
  readonly stateful: boolean;
  readonly rules: readonly SecurityGroupRuleRecord[];
}

/** @throws PlanError */
export const securityGroupRecord = (source: SecurityGroupSource): SecurityGroupRecord => ({
  id: source.id,
  logging: groupLogging(source),
  stateful: source.row.stateful === 1,
  rules: source.rules.map(ruleRecord),
});

function ruleRecord(row: SecurityGroupRuleRow): SecurityGroupRuleRecord {
  const read = columnsOf(row, 'security group rule', row.id);
  const family: Family = row.ethertype === 'IPv6' ? 6 : 4;
  return {
    id: row.id,
    direction: row.direction === 'ingress' ? 'ingress' : 'egress',
    family,
    protocol: read('protocol', orNull(knownProtocol)),
    portRangeMin: row.port_range_min,
    portRangeMax: row.port_range_max,
    remotePrefix: read(
      'remote_ip_prefix',
      orNull((text) => Prefix.parse(text, { hostBits: 'clear' })),
    ),
    remoteGroupId: row.remote_group_id,
    remoteAddressGroupId: row.remote_address_group_id,
  };
}

/** OVN drops an ACL that it cannot read without a word, and with it what the rule is for. */
function knownProtocol(text: string): number {
  const number = protocolNumber(text);
  if (Number.isNaN(number)) throw new Error(`${JSON.stringify(text)} is not a protocol`);
  return number;
}
