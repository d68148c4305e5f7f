/**
 * Address scopes: what an address means ends where its scope does, so a router passes nothing on from one scope to
 * another but what it translates. Pure.
 */
import type { Address, Family } from '../../../addressing/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import { routerPortName, routerPortSet } from '../names.ts';
import { BETWEEN_SCOPES, BETWEEN_SCOPES_BUT, routerPolicy } from '../router-policy.ts';
import type { RouterPortRecord, RouterRecord } from './record.ts';

export const routerPortsOf = ({ interfaces, gateways }: RouterRecord): readonly RouterPortRecord[] => [
  ...interfaces,
  ...gateways,
];

/** The address that IPv4 leaves with by a gateway; none where it is not translated. */
export const translatedTo = (
  { enableSnat }: RouterRecord,
  { fixedIps }: RouterPortRecord,
): Address | undefined =>
  enableSnat ? fixedIps.find(({ address }) => address.family === 4)?.address : undefined;

/** Whether IPv4 from an interface is the same outside a gateway. */
export const isSameOutside = (gateway: RouterPortRecord, { scopes }: RouterPortRecord): boolean =>
  scopes[4] !== null && scopes[4] === gateway.scopes[4];

/** Where packets that come in by a port must not go. */
function closedTo(router: RouterRecord, family: Family, from: RouterPortRecord): RouterPortRecord[] {
  const translates = (port: RouterPortRecord) =>
    router.gateways.includes(port) && translatedTo(router, port) !== undefined;
  // It goes out translated, and what answers comes back by the gateway.
  const isTranslated = (to: RouterPortRecord) => family === 4 && (translates(from) || translates(to));
  return routerPortsOf(router).filter((to) => to.scopes[family] !== from.scopes[family] && !isTranslated(to));
}

/** What is for these, NAT64 makes IPv4 of, which leaves as any does. */
const translatedPrefixes = (router: RouterRecord): readonly string[] => {
  // The translator is where the first gateway is.
  const [first] = router.gateways;
  return first === undefined || translatedTo(router, first) === undefined ? [] : router.nat64Prefixes;
};

/** A set of ports, as matches have it. */
export const setOf = (ports: readonly RouterPortRecord[]): string =>
  routerPortSet(ports.map(({ portId }) => portId));

/**
 * What to add to a match of packets that come in by a port, so that it has only those that may go where they go; nothing
 * where all may. By NAT64, IPv6 goes out translated, too.
 */
export function withinScope(router: RouterRecord, family: Family, from: RouterPortRecord): string {
  const closed = closedTo(router, family, from);
  if (closed.length === 0) return '';
  const open = `outport == ${setOf(routerPortsOf(router).filter((to) => !closed.includes(to)))}`;
  const translated = family === 6 ? translatedPrefixes(router) : [];
  return translated.length === 0
    ? ` && ${open}`
    : ` && (${[open, ...translated.map((prefix) => `ip6.dst == ${prefix}`)].join(' || ')})`;
}

/** Drops what would pass from one scope to another. */
export function planScopes(router: RouterRecord): PlannedRow[] {
  return ([4, 6] as const).flatMap((family) => [
    ...routerPortsOf(router).flatMap((from) => {
      const closed = closedTo(router, family, from);
      if (closed.length === 0) return [];
      const match = `inport == "${routerPortName(from.portId)}" && outport == ${setOf(closed)} && ip${family}`;
      return [routerPolicy(router.id, BETWEEN_SCOPES, match, 'drop')];
    }),
    ...(family === 6 ? answersOfNat64(router) : []),
  ]);
}

/** What was translated comes back by the gateway. */
function answersOfNat64(router: RouterRecord): PlannedRow[] {
  const [gateway] = router.gateways;
  if (gateway === undefined || closedTo(router, 6, gateway).length === 0) return [];
  return translatedPrefixes(router).map((prefix) =>
    routerPolicy(
      router.id,
      BETWEEN_SCOPES_BUT,
      `inport == "${routerPortName(gateway.portId)}" && ip6.src == ${prefix}`,
      'allow',
    ),
  );
}
