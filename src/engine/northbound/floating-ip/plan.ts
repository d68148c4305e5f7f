/** The rows of a floating IP. Pure. */
import type { PlannedRow } from '../../reconciler/plan.ts';
import { routerPortName, routerRef } from '../names.ts';
import { BETWEEN_SCOPES_BUT, EXPECTED, routerPolicy } from '../router-policy.ts';
import type { FloatingIpRecord } from './record.ts';

/**
 * A floating IP is a translation, one address for one. With a MAC address of its own the port's host translates, and
 * answers for the address on the external network; else who has the router's gateway does. IPv6 needs no state for it.
 */
export const planFloatingIp = (record: FloatingIpRecord): PlannedRow[] => {
  const { routerId, portId, floating, fixed, mac, isDistributed } = record;
  return [
    {
      table: 'NAT',
      key: 'floating',
      columns: {
        type: 'dnat_and_snat',
        external_ip: floating.toString(),
        logical_ip: fixed.toString(),
        ...(isDistributed && { logical_port: portId, external_mac: mac.toString() }),
        ...(floating.family === 6 && { options: { stateless: 'true' } }),
      },
      parent: routerRef(routerId),
    },
    ...planCrossing(record),
  ];
};

/** What is translated passes between address scopes: out from the port's own link, and in. */
function planCrossing({ routerId, fixed, crossing }: FloatingIpRecord): PlannedRow[] {
  if (crossing === undefined) return [];
  const outer = `"${routerPortName(crossing.outer)}"`;
  return crossing.inner.flatMap((id) => {
    const inner = `"${routerPortName(id)}"`;
    const out = `inport == ${inner} && outport == ${outer} && ip${fixed.family}.src == ${fixed}`;
    const back = `inport == ${outer} && outport == ${inner} && ip${fixed.family}.dst == ${fixed}`;
    return [
      routerPolicy(routerId, EXPECTED, out, 'allow'),
      routerPolicy(routerId, BETWEEN_SCOPES_BUT, back, 'allow'),
    ];
  });
}
