/** By which next hops a router's default routes lead out. Pure. */
import { Address, type Family } from '../../addressing/index.ts';

/** A router outside that advertises itself, as a host heard it. */
export interface HeardRouter {
  readonly chassis: string;
  /** Link-local. */
  readonly address: string;
  readonly preference: 'high' | 'medium' | 'low';
  /** When it was heard first. */
  readonly since: string;
}

/** What may say where the way out is. */
export interface WaysOut {
  /** The router's own next hop for IPv6. */
  readonly given: string | null;
  /** Of the external subnets that the gateway has an address of, in their order. */
  readonly gateways: readonly string[];
  readonly heard: readonly HeardRouter[];
  /** The hosts that the gateway is on, in order. */
  readonly chassis: readonly string[];
}

/** Whose word a next hop is: the router's, a subnet's, or that of the router outside itself. */
export interface NextHop {
  readonly nexthop: string;
  readonly origin: 'router' | 'subnet' | 'advertisement';
}

const RANK = { high: 0, medium: 1, low: 2 } as const;

/** The next hop of each family that has one, IPv4 first. What is said in the API goes before what was heard. */
export function nextHopsOf({ given, gateways, heard, chassis }: WaysOut): NextHop[] {
  const subnet = (family: Family): NextHop[] =>
    gateways
      .filter((address) => Address.parse(address).family === family)
      .map((nexthop) => ({ nexthop, origin: 'subnet' }));
  const own: NextHop[] = given === null ? [] : [{ nexthop: given, origin: 'router' }];
  const learned = best(heard, chassis).map(
    ({ address }): NextHop => ({ nexthop: address, origin: 'advertisement' }),
  );
  return [...subnet(4).slice(0, 1), ...[...own, ...subnet(6), ...learned].slice(0, 1)];
}

/**
 * Of the routers that the first host has heard which heard any: those of the highest preference first (RFC 4191 section
 * 3.1), of these the one that is known longest, so that one that comes moves nothing.
 */
function best(heard: readonly HeardRouter[], chassis: readonly string[]): HeardRouter[] {
  const listener = chassis.find((name) => heard.some((one) => one.chassis === name));
  return heard
    .filter((one) => one.chassis === listener)
    .sort(
      (one, other) =>
        RANK[one.preference] - RANK[other.preference] ||
        compare(one.since, other.since) ||
        compare(one.address, other.address),
    );
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
