/** Policies of routers: several units write them. Pure. */
import type { Prefix } from '../../addressing/index.ts';
import { NPTV6_TRANSLATOR } from '../../host-contract/index.ts';
import type { PlannedRow } from '../reconciler/plan.ts';
import { routerRef } from './names.ts';

/**
 * What is translated on its way out, before anything is said of its source: the first lets out as it is what is known
 * outside otherwise.
 */
export const [TRANSLATED_BUT, TRANSLATED] = [32_012, 32_011];

/** What a floating IP stands for, and would leave by another gateway than that on its network. */
export const BY_ANOTHER_GATEWAY = 32_005;

/** What a rule about sources lets through, none below it drops. */
export const [EXPECTED, FORGED] = [32_001, 32_000];

/** What passes from one address scope to another: the first lets what is translated, the second drops the rest. */
export const [BETWEEN_SCOPES_BUT, BETWEEN_SCOPES] = [31_501, 31_500];

/** What goes out, once it is known not to be forged: translated first, or let out; the last drops what is left. */
export const TRANSLATED_BEHIND = 31_002;
const BEHIND = 31_001;
export const FOREIGN = 31_000;

export const routerPolicy = (
  routerId: string,
  priority: number,
  match: string,
  action: 'allow' | 'drop',
): PlannedRow => ({
  table: 'Logical_Router_Policy',
  key: `${action}/${match}`,
  columns: { priority, match, action },
  parent: routerRef(routerId),
});

/** Leads what would go one way to a next hop instead, which must be on a subnet of one of the router's ports. */
export const leadingTo = (
  routerId: string,
  priority: number,
  match: string,
  nextHop: string,
): PlannedRow => ({
  table: 'Logical_Router_Policy',
  key: `reroute/${match}`,
  columns: { priority, match, action: 'reroute', nexthops: [nextHop] },
  parent: routerRef(routerId),
});

/** Leads what would go out to the translation of its prefix instead. */
export const translating = (routerId: string, priority: number, match: string): PlannedRow =>
  leadingTo(routerId, priority, match, NPTV6_TRANSLATOR.toString());

/** Lets out what is from a prefix behind a router: of a static route, delegated to an instance, or an anycast address. */
export const lettingOut = (routerId: string, prefix: Prefix): PlannedRow =>
  routerPolicy(routerId, BEHIND, `ip${prefix.family}.src == ${prefix}`, 'allow');

/** Lets out what is for a prefix that is the router's own affair although it is outside, whoever sent it. */
export const lettingThrough = (routerId: string, prefix: Prefix): PlannedRow =>
  routerPolicy(routerId, BEHIND, `ip${prefix.family}.dst == ${prefix}`, 'allow');

/** Several subnets, addresses or prefixes have policies in common: a unit has each row once. */
export const once = (rows: readonly PlannedRow[]): PlannedRow[] => [
  ...new Map(rows.map((row) => [`${row.table} ${row.key}`, row])).values(),
];
