/** The rows of a floating IP's QoS policy. Pure. */
import { Address } from '../../../addressing/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import { byPort, planQos, QOS_PRIORITY, qosRuleRecord } from '../qos.ts';
import { columnsOf } from '../records/columns.ts';
import type { LimitedIpSource } from './read.ts';

/**
 * On the external network a floating IP is the source of what its router sends, and the destination of what it gets,
 * whichever host translates.
 * @throws PlanError
 */
export function planFloatingIpQos({ id, gatewayPortId, ...source }: LimitedIpSource): PlannedRow[] {
  const read = columnsOf(source, 'floating IP', id);
  const address = read('address', (text) => Address.parse(text));
  return planQos({
    networkId: source.networkId,
    priority: QOS_PRIORITY.floatingIp,
    rules: source.rules.map(qosRuleRecord),
    match: (direction) =>
      `${byPort(gatewayPortId, direction)} && ip${address.family}.${direction === 'egress' ? 'src' : 'dst'} == ${address}`,
  });
}
