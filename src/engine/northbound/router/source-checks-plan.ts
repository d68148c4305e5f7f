/**
 * What is from a subnet comes to a router by its interface there, or is forged (RFC 2827, RFC 3704 section 2.2): an
 * instance's guard knows what is from whom on its own link alone, and behind a router there are others' networks.
 */
import { LINK_LOCAL, Prefix } from '../../../addressing/index.ts';
import { leadsBehind } from '../../../resources/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import { routerPortName } from '../names.ts';
import { EXPECTED, FOREIGN, FORGED, lettingOut, once, routerPolicy } from '../router-policy.ts';
import type { RouterPortRecord, RouterRecord } from './record.ts';
import { routerPortsOf, setOf, withinScope } from './scopes.ts';

/**
 * The router's own policies: for each of its subnets, from where it expects what is from there; that what is from a
 * link stays there; and that nothing goes out by its gateways but what is from its subnets, or from behind them.
 */
export function planSourceChecks(router: RouterRecord): PlannedRow[] {
  return once([...perSubnet(router), ...linkLocal(router), ...outbound(router)]);
}

/**
 * Link-local sources go to no other link (RFC 4291 section 2.5.6): there somebody else may have the address, who is let
 * in by it. The router's own answers leave where the question came in. Nothing on a link is from the loopback address
 * (section 2.5.3); OVN drops that of IPv4 by itself.
 */
function linkLocal(router: RouterRecord): PlannedRow[] {
  const ports = routerPortsOf(router).map(({ portId }) => `"${routerPortName(portId)}"`);
  if (ports.length === 0) return [];
  const source = `ip6.src == ${LINK_LOCAL}`;
  return [
    ...ports.map((port) =>
      routerPolicy(router.id, EXPECTED, `inport == ${port} && outport == ${port} && ${source}`, 'allow'),
    ),
    routerPolicy(router.id, FORGED, source, 'drop'),
    routerPolicy(router.id, FORGED, 'ip6.src == ::1', 'drop'),
  ];
}

function perSubnet(router: RouterRecord): PlannedRow[] {
  const { id, interfaces, gateways } = router;
  return routerPortsOf(router).flatMap((port) =>
    port.fixedIps.flatMap(({ address, subnet: { family, prefix } }) => {
      const source = `ip${family}.src == ${prefix}`;
      const from = (by: RouterPortRecord) =>
        `inport == "${routerPortName(by.portId)}" && ${source}${withinScope(router, family, by)}${noTransit(router, by)}`;
      const isGateway = gateways.includes(port);
      // What was translated, and comes back from there to be translated once more.
      const returning = family === 4 && !isGateway ? gateways.map(from) : [];
      // What the router answers itself goes on as if it had come in where the question did. From its address outside it
      // answers those inside, or who comes from there.
      const own = `ip${family}.src == ${address}`;
      const answers = isGateway ? interfaces.map((to) => `${own} && ${leavingBy(to)}`) : [own];
      const expected = [from(port), ...answers, ...returning];
      return [
        ...expected.map((match): PlannedRow => routerPolicy(id, EXPECTED, match, 'allow')),
        routerPolicy(id, FORGED, source, 'drop'),
      ];
    }),
  );
}

/** What comes in by one gateway does not leave by another: a tenant's router leads no network outside to the next. */
function noTransit({ interfaces, gateways }: RouterRecord, from: RouterPortRecord): string {
  if (gateways.length < 2 || !gateways.includes(from)) return '';
  return ` && outport == ${setOf([...interfaces, from])}`;
}

const leavingBy = ({ portId }: RouterPortRecord): string => `outport == "${routerPortName(portId)}"`;

/** Sources of which nobody outside would know the way back, or which are others'. */
function outbound({ id, interfaces, gateways, routes, enableSnat }: RouterRecord): PlannedRow[] {
  if (gateways.length === 0) return [];
  const inside = interfaces.flatMap(({ fixedIps }) => fixedIps.map(({ subnet }) => subnet.prefix));
  const behind = routes.filter(
    // What is translated is what is from the subnets: the rest of IPv4 would leave as it is.
    (route) => leadsBehind(route, inside) && (route.destination.family === 6 || !enableSnat),
  );
  const sources = new Set(behind.map(({ destination }) => `${destination}`));
  return [
    ...Array.from(sources, (source) => lettingOut(id, Prefix.parse(source))),
    ...gateways.flatMap((gateway) =>
      ([4, 6] as const).map((family) =>
        routerPolicy(id, FOREIGN, `${leavingBy(gateway)} && ip${family}`, 'drop'),
      ),
    ),
  ];
}
