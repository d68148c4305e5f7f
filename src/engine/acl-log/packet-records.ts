/** What goes into the log of security groups: for each packet, a record for each log that covers it. Pure. */
import { covers, type Scope } from '../../resources/index.ts';
import { aclName } from '../northbound/acls/logging.ts';
import type { LoggedPacket } from './acl-log-line.ts';

/** One line of the log. */
export type LogRecord = Omit<LoggedPacket, 'acl' | 'mac'> & {
  readonly log_id: string;
  readonly project_id: string;
  /** Null when the packet does not tell, as those to many. */
  readonly port_id: string | null;
  /** The group that let the packet through, or that the log is about. */
  readonly security_group_id: string;
  /** The rule that let the packet through. */
  readonly security_group_rule_id: string | null;
  /** The host that it was seen on; left out of those on the service's own machine. */
  readonly host?: string;
};

export interface LoggedGroup {
  readonly id: string;
  readonly projectId: string;
}

/** What the store knows of those whom packets name. */
export interface Known {
  /** Ports by MAC address: several on as many networks may have the same. */
  readonly ports: ReadonlyMap<string, readonly { readonly id: string; readonly groups: readonly string[] }[]>;
  /** The groups of rules. */
  readonly groupOfRule: ReadonlyMap<string, string>;
  readonly groups: ReadonlyMap<string, LoggedGroup>;
  /** Those that are enabled. */
  readonly logs: readonly (Scope & { readonly id: string })[];
}

/** The ids that an ACL's name tells. */
export function namedBy(acl: string): { rule?: string; group?: string } {
  for (const what of ['rule', 'group'] as const) {
    const start = aclName[what]('');
    if (acl.startsWith(start)) return { [what]: acl.slice(start.length) };
  }
  return {};
}

/** @returns none for a packet whose rule, group or log is gone */
export function recordsOf({ acl, mac, ...packet }: LoggedPacket, known: Known): LogRecord[] {
  const named = namedBy(acl);
  const groupId = named.group ?? known.groupOfRule.get(named.rule ?? '');
  if (groupId === undefined) return [];
  const members = (known.ports.get(mac) ?? []).filter(({ groups }) => groups.includes(groupId));
  const port = members.length === 1 ? members[0] : undefined;
  // A rule is of one group. A drop is for want of a rule in any of the port's.
  const deciding = packet.verdict === 'ACCEPT' ? [groupId] : (port?.groups ?? [groupId]);
  const groups = deciding.flatMap((id) => known.groups.get(id) ?? []);
  return known.logs
    .filter((log) => groups.some((group) => covers(log, { group, portId: port?.id }, packet.verdict)))
    .map((log) => ({
      log_id: log.id,
      project_id: log.project_id,
      port_id: port?.id ?? null,
      security_group_id: log.resource_id ?? groupId,
      security_group_rule_id: named.rule ?? null,
      ...packet,
    }));
}
