/** The rows of a floating IP. Pure. */
import type { PlannedRow } from '../../reconciler/plan.ts';
import { routerPortRef, routerRef } from '../names.ts';
import { planCrossing } from './crossing.ts';
import type { FloatingIpRecord } from './record.ts';
import { planTranslated } from './translated-plan.ts';
import { planWayOut } from './way-out.ts';

/**
 * A floating IP is a translation, one address for one. With a MAC address of its own the port's host translates, and
 * answers for the address on the external network; else who has the router's gateway does. IPv6 needs no state for it.
 */
export function planFloatingIp(record: FloatingIpRecord): PlannedRow[] {
  const { routerId, portId, floating, fixed, mac, isDistributed, crossing, wayOut, translated } = record;
  if (translated !== undefined) return planTranslated(record, translated);
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
        // With several, OVN is to know which.
        ...(wayOut && { gateway_port: routerPortRef(wayOut.gateway) }),
      },
      parent: routerRef(routerId),
    },
    ...planCrossing(routerId, crossing, {
      out: `ip${fixed.family}.src == ${fixed}`,
      back: `ip${fixed.family}.dst == ${fixed}`,
    }),
    ...planWayOut(routerId, fixed, wayOut),
  ];
}
