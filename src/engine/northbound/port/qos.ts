/** What OVN is to hold a port to by its QoS policy. Pure. */
import type { PlannedRow } from '../../reconciler/plan.ts';
import { switchRef } from '../names.ts';
import type { PortRecord, QosRuleRecord } from './record.ts';

/** Nothing else is told apart by it. */
const PRIORITY = 2000;
/** Of the rate, what may come at once where nobody says: as Neutron has it, for TCP to come near the rate. */
const USUAL_BURST = 0.8;

/** What an instance sends is limited as it comes in, what it gets before it is delivered; a row for each. */
export function planQos({ id, network, qosRules }: PortRecord): PlannedRow[] {
  return (['egress', 'ingress'] as const).flatMap((direction): PlannedRow[] => {
    const rules = qosRules.filter((rule) => rule.direction === direction);
    if (rules.length === 0) return [];
    const isEgress = direction === 'egress';
    const mark = rules.find(({ dscpMark }) => dscpMark !== null)?.dscpMark;
    const limit = rules.find(({ maxKbps }) => maxKbps !== null);
    return [
      {
        table: 'QoS',
        key: `qos/${direction}`,
        columns: {
          direction: isEgress ? 'from-lport' : 'to-lport',
          priority: PRIORITY,
          match: `${isEgress ? 'inport' : 'outport'} == "${id}"`,
          action: mark === undefined || mark === null ? {} : { dscp: mark },
          bandwidth: limit === undefined ? {} : bandwidth(limit),
        },
        parent: switchRef(network.id),
      },
    ];
  });
}

function bandwidth({ maxKbps, maxBurstKbps }: QosRuleRecord): Record<string, number> {
  const rate = maxKbps ?? 1;
  return { rate, burst: maxBurstKbps || Math.ceil(rate * USUAL_BURST) };
}
