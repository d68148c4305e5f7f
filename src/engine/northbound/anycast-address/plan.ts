/** The rows of an anycast address. Pure. */
import { serving } from '../../../resources/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import { routerRef } from '../names.ts';
import type { AnycastAddressRecord } from './record.ts';

/** An anycast address is a route for each member that gets traffic; OVN spreads flows over routes of equal cost. */
export function planAnycastAddress({ routerId, address, members }: AnycastAddressRecord): PlannedRow[] {
  const nextHops = new Set(serving(members).map(({ nextHop }) => `${nextHop}`));
  return Array.from(nextHops, (nexthop) => ({
    table: 'Logical_Router_Static_Route',
    key: `route/${nexthop}`,
    columns: { ip_prefix: `${address}/128`, nexthop },
    parent: routerRef(routerId),
  }));
}
