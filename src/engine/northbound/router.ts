/** Routers: static and default routes, and source NAT of IPv4. */

import { Address, Prefix } from '../../addressing/index.ts';
import type { RouterRow, SubnetRow } from '../../store/tables.ts';
import type { PlannedRow } from '../reconciler/plan.ts';
import { routerName, routerPortName, routerRef } from './names.ts';

/** An address that the router has, on one of its ports. */
export interface RouterAddress {
  readonly portId: string;
  readonly isGateway: boolean;
  readonly address: Address;
  readonly subnet: SubnetRow;
}

export interface RouterFacts {
  readonly router: RouterRow;
  readonly addresses: readonly RouterAddress[];
}

interface Route {
  destination: string;
  nexthop: string;
}

/** A link-local next hop says nothing without its link (RFC 4007 section 6): the API made sure that there is one. */
function outputPort(hop: Address, { addresses }: RouterFacts): string | undefined {
  if (!hop.isLinkLocal) return undefined;
  const link = addresses.find(({ address, isGateway }) => address.family === hop.family && !isGateway);
  return link && routerPortName(link.portId);
}

function routeRow(
  router: RouterRow,
  key: string,
  { destination, nexthop }: Route,
  output: string | undefined,
): PlannedRow {
  return {
    table: 'Logical_Router_Static_Route',
    key,
    columns: { ip_prefix: destination, nexthop, output_port: output, external_ids: {} },
    parent: routerRef(router.id),
  };
}

function staticRoutes(facts: RouterFacts): PlannedRow[] {
  const routes = JSON.parse(facts.router.routes) as Route[];
  return routes.map((route) =>
    routeRow(
      facts.router,
      `route ${route.destination} ${route.nexthop}`,
      route,
      outputPort(Address.parse(route.nexthop), facts),
    ),
  );
}

/** Through the gateways of the external subnets that the router has an address in. */
function defaultRoutes({ router, addresses }: RouterFacts): PlannedRow[] {
  const rows = new Map<string, PlannedRow>();
  for (const { isGateway, subnet, portId } of addresses) {
    if (!isGateway || subnet.gateway_ip === null) continue;
    const route = { destination: subnet.ip_version === 6 ? '::/0' : '0.0.0.0/0', nexthop: subnet.gateway_ip };
    const key = `default ${route.nexthop}`;
    rows.set(key, routeRow(router, key, route, routerPortName(portId)));
  }
  return [...rows.values()];
}

function sourceNat({ router, addresses }: RouterFacts): PlannedRow[] {
  const external = addresses.find(({ isGateway, address }) => isGateway && address.family === 4);
  if (!external || router.enable_snat !== 1) return [];
  const inside = addresses.filter(({ isGateway, address }) => !isGateway && address.family === 4);
  return inside.map(({ subnet }) => ({
    table: 'NAT',
    key: `snat ${subnet.id}`,
    columns: {
      type: 'snat',
      external_ip: external.address.toString(),
      logical_ip: Prefix.parse(subnet.cidr).toString(),
      external_ids: {},
    },
    parent: routerRef(router.id),
  }));
}

/** A logical router with its routes and translations; its ports are units of their own. */
export function planRouter(facts: RouterFacts): readonly PlannedRow[] {
  const { router } = facts;
  return [
    {
      table: 'Logical_Router',
      key: 'router',
      columns: {
        name: routerName(router.id),
        enabled: router.admin_state_up === 1,
        options: { always_learn_from_arp_request: 'false', dynamic_neigh_routers: 'true' },
        external_ids: { 'neutron:router_name': router.name },
      },
    },
    ...staticRoutes(facts),
    ...defaultRoutes(facts),
    ...sourceNat(facts),
  ];
}
