/** The rows of a router. Pure. */
import type { Prefix } from '../../../addressing/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import { key, routerName, routerPortName, routerPortRef, routerRef, translatorsRef } from '../names.ts';
import type { Route } from '../records/routes.ts';
import { planProtection, protectionRef } from './control-plane-plan.ts';
import type { RouterPortRecord, RouterRecord } from './record.ts';
import { isSameOutside, planScopes, routerPortsOf, translatedTo } from './scopes.ts';
import { planSourceChecks } from './source-checks-plan.ts';

/**
 * A router is a logical router with its limits, routes, translations and checks of sources; its ports and its gateway are units
 * of their own.
 */
export function planRouter(router: RouterRecord): PlannedRow[] {
  return [
    {
      table: 'Logical_Router',
      key: key.router,
      columns: {
        name: routerName(router.id),
        enabled: router.adminStateUp,
        copp: protectionRef(router.id),
        options: {
          // Learn neighbours when they are asked for, not from all that is overheard: tables stay small.
          always_learn_from_arp_request: 'false',
          dynamic_neigh_routers: 'true',
          // And forgets those that it has not heard of for so many seconds.
          mac_binding_age_threshold: '300',
          ...(router.multicastRelay && { mcast_relay: 'true' }),
        },
      },
    },
    ...planProtection(router.id),
    ...router.routes.map((route) => staticRoute(router, route)),
    ...router.delegated.map((prefix) => undelivered(router, prefix)),
    ...sourceNat(router),
    ...planSourceChecks(router),
    ...planScopes(router),
  ];
}

function staticRoute(router: RouterRecord, { destination, nexthop }: Route): PlannedRow {
  // A link-local next hop means nothing without the port that it is on.
  const port = nexthop.isLinkLocal ? ipv6Interface(router) : undefined;
  return {
    table: 'Logical_Router_Static_Route',
    key: `route/${destination}/${nexthop}`,
    columns: {
      ip_prefix: destination.toString(),
      nexthop: nexthop.toString(),
      output_port: port && routerPortName(port.portId),
    },
    parent: routerRef(router.id),
  };
}

/**
 * What a provider delegates and no subnet has goes nowhere: by the default route it would come back for ever (RFC 7084,
 * WPD-5). Subnets' own routes are longer.
 */
const undelivered = ({ id }: RouterRecord, prefix: Prefix): PlannedRow => ({
  table: 'Logical_Router_Static_Route',
  key: `undelivered/${prefix}`,
  columns: { ip_prefix: prefix.toString(), nexthop: 'discard' },
  parent: routerRef(id),
});

/** The only interface with IPv6 addresses: the API takes link-local next hops of such routers alone. */
function ipv6Interface(router: RouterRecord): RouterPortRecord | undefined {
  return routerPortsOf(router).find(({ fixedIps }) => fixedIps.some(({ address }) => address.family === 6));
}

/**
 * IPv4 subnets appear outside a gateway as its address, but for those that are of the same address scope; IPv6 is never
 * translated here.
 */
function sourceNat(router: RouterRecord): PlannedRow[] {
  return router.gateways.flatMap((gateway, index) => {
    const external = translatedTo(router, gateway);
    if (external === undefined) return [];
    const translated = router.interfaces.filter((each) => !isSameOutside(gateway, each));
    const inside = new Set(
      translated.flatMap(({ fixedIps }) =>
        fixedIps.filter(({ subnet }) => subnet.family === 4).map(({ subnet }) => subnet.prefix.toString()),
      ),
    );
    const several = router.gateways.length > 1;
    return Array.from(inside, (prefix) => ({
      table: 'NAT',
      key: index === 0 ? `snat/${prefix}` : `snat/${prefix}/${gateway.portId}`,
      columns: {
        ...{ type: 'snat', external_ip: external.toString(), logical_ip: prefix },
        // What answers those of IPv6 goes no further than the translator.
        exempted_ext_ips: translatorsRef,
        ...(several && { gateway_port: routerPortRef(gateway.portId) }),
      },
      parent: routerRef(router.id),
    }));
  });
}
