/** What OVN is to hold to by QoS policies: of ports, routers' gateways and floating IPs. */
import type { Kysely } from 'kysely';
import type { PacketLimits } from '../../host-contract/index.ts';
import type { QosRuleRow, Tables } from '../../resources/index.ts';
import type { PlannedRow } from '../reconciler/plan.ts';
import { switchRef } from './names.ts';

/** What may be at once of one packet: the strictest of its own is asked first. */
export const QOS_PRIORITY = { port: 2000, floatingIp: 2001 } as const;
/** Of the rate, what may come at once where nobody says: as Neutron has it, for TCP to come near the rate. */
const USUAL_BURST = 0.8;

/** A rule of a QoS policy. */
export interface QosRuleRecord {
  readonly direction: 'egress' | 'ingress';
  readonly maxKbps: number | null;
  readonly maxBurstKbps: number | null;
  readonly dscpMark: number | null;
  readonly maxKpps: number | null;
  readonly maxBurstKpps: number | null;
}

/** The rules of QoS policies, by policy. */
export async function readQosRules(
  db: Kysely<Tables>,
  policyIds: readonly string[],
): Promise<Map<string, QosRuleRow[]>> {
  if (policyIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('qos_rules')
    .selectAll()
    .where('policy_id', 'in', [...new Set(policyIds)])
    .orderBy('id')
    .execute();
  return Map.groupBy(rows, ({ policy_id }) => policy_id);
}

export const qosRuleRecord = (row: QosRuleRow): QosRuleRecord => ({
  direction: row.direction,
  maxKbps: row.max_kbps,
  maxBurstKbps: row.max_burst_kbps,
  dscpMark: row.dscp_mark,
  maxKpps: row.max_kpps,
  maxBurstKpps: row.max_burst_kpps,
});

/** Whose packets they are. */
interface Limited {
  readonly networkId: string;
  readonly priority: number;
  readonly rules: readonly QosRuleRecord[];
  /** The packets that enter the network's switch from the port (`egress`), or leave it by the port. */
  match(direction: QosRuleRecord['direction']): string;
}

/** What comes from a port is limited as it enters the switch, what goes there before it is delivered; a row for each. */
export function planQos({ networkId, priority, rules, match }: Limited): PlannedRow[] {
  return (['egress', 'ingress'] as const).flatMap((direction): PlannedRow[] => {
    const own = rules.filter((rule) => rule.direction === direction);
    const mark = own.find(({ dscpMark }) => dscpMark !== null)?.dscpMark;
    const limit = own.find(({ maxKbps }) => maxKbps !== null);
    if (mark === undefined && limit === undefined) return [];
    return [
      {
        table: 'QoS',
        key: `qos/${direction}`,
        columns: {
          direction: direction === 'egress' ? 'from-lport' : 'to-lport',
          priority,
          match: match(direction),
          action: mark === undefined || mark === null ? {} : { dscp: mark },
          bandwidth: limit === undefined ? {} : bandwidth(limit),
        },
        parent: switchRef(networkId),
      },
    ];
  });
}

/** What enters a switch from a port, or leaves it by the port. */
export const byPort = (portId: string, direction: QosRuleRecord['direction']): string =>
  `${direction === 'egress' ? 'inport' : 'outport'} == "${portId}"`;

/** All that a port sends and gets. */
export const planPortQos = (port: {
  readonly id: string;
  readonly network: { readonly id: string };
  readonly qosRules: readonly QosRuleRecord[];
}): PlannedRow[] =>
  planQos({
    networkId: port.network.id,
    priority: QOS_PRIORITY.port,
    rules: port.qosRules,
    match: (direction) => byPort(port.id, direction),
  });

function bandwidth({ maxKbps, maxBurstKbps }: QosRuleRecord): Record<string, number> {
  const rate = maxKbps ?? 1;
  return { rate, burst: maxBurstKbps || Math.ceil(rate * USUAL_BURST) };
}

/** How many packets the guard is to let through: OVN has no such limit. */
export const packetLimitsOf = (rules: readonly QosRuleRecord[]): PacketLimits =>
  Object.fromEntries(
    rules.flatMap(({ direction, maxKpps, maxBurstKpps }) => {
      if (maxKpps === null) return [];
      const rate = 1_000 * maxKpps;
      return [[direction, { rate, burst: 1_000 * (maxBurstKpps ?? 0) || Math.ceil(rate * USUAL_BURST) }]];
    }),
  );
