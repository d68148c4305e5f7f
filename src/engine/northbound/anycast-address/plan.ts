/** The rows of an anycast address. Pure. */
import { Prefix } from '../../../addressing/index.ts';
import { serving } from '../../../resources/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import { routerRef } from '../names.ts';
import { lettingOut } from '../router-policy.ts';
import type { AnycastAddressRecord } from './record.ts';

/** An anycast address is a route for each member that gets traffic; OVN spreads flows over routes of equal cost. */
export function planAnycastAddress({ routerId, address, members }: AnycastAddressRecord): PlannedRow[] {
  const nextHops = new Set(serving(members).map(({ nextHop }) => `${nextHop}`));
  const prefix = Prefix.parse(`${address}/128`);
  const routes = Array.from(
    nextHops,
    (nexthop): PlannedRow => ({
      table: 'Logical_Router_Static_Route',
      key: `route/${nexthop}`,
      columns: { ip_prefix: `${prefix}`, nexthop },
      parent: routerRef(routerId),
    }),
  );
  // Members answer from the address.
  return routes.length === 0 ? [] : [...routes, lettingOut(routerId, prefix)];
}
