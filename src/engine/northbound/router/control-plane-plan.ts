/**
 * How much the hosts' OVN controllers have to do for one router (OVN's control plane protection, `Copp` in ovn-nb(5)).
 * They look for neighbours that are not known, and make ICMP errors: packets of one tenant, each to another address
 * that nobody has (RFC 6583), would keep them from what others need.
 */
import { type PlannedRow, RowRef } from '../../reconciler/plan.ts';
import { routerName, unitOf } from '../names.ts';

/** Packets a second and at once, for each router and host. */
const LIMITS = {
  resolution: { rate: 200, burst: 200, protocols: ['arp-resolve', 'nd-ns-resolve'] },
  errors: { rate: 200, burst: 200, protocols: ['icmp4-error', 'icmp6-error', 'tcp-reset'] },
} as const;

const PROTECTION_KEY = 'control-plane';

/** The limits that a router refers to. */
export const protectionRef = (routerId: string): RowRef =>
  new RowRef('Copp', unitOf('router', routerId), PROTECTION_KEY);

/** A meter of its own for each kind of work: what one router's tenants do is not at another's cost. */
export function planProtection(routerId: string): PlannedRow[] {
  const meters = Object.entries(LIMITS).map(([kind, limit]) => {
    return { ...limit, key: `meter/${kind}`, name: `${routerName(routerId)}-${kind}` };
  });
  return [
    ...meters.flatMap(({ key, name, rate, burst }): PlannedRow[] => [
      {
        table: 'Meter_Band',
        key: `${key}/band`,
        columns: { action: 'drop', rate, burst_size: burst },
        parent: new RowRef('Meter', unitOf('router', routerId), key),
      },
      { table: 'Meter', key, columns: { name, unit: 'pktps', fair: false } },
    ]),
    {
      table: 'Copp',
      key: PROTECTION_KEY,
      columns: {
        name: routerName(routerId),
        meters: Object.fromEntries(
          meters.flatMap(({ protocols, name }) => protocols.map((protocol) => [protocol, name])),
        ),
      },
    },
  ];
}
