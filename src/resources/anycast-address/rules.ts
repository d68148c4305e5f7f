/** Rules of anycast addresses that need no database. */
import { Address, Prefix } from '../../addressing/index.ts';
import { badRequest, conflict, invalidInput } from '../errors.ts';
import type { AnycastAddress } from './definition.ts';

/** How a member's health is found out, with nothing left open. Times are seconds. */
export interface HealthCheck {
  readonly type: 'icmp' | 'tcp';
  /** The TCP port. */
  readonly port?: number;
  readonly interval: number;
  readonly timeout: number;
  /** Failures in a row after which a member is not healthy any more. */
  readonly fall: number;
  /** Answers in a row after which it is again. */
  readonly rise: number;
}

/**
 * A health check with its defaults.
 * @throws RequestError 400 when its parts do not go together
 */
export function completeCheck(check: AnycastAddress['health_check']): HealthCheck {
  const { type, port, interval = 2, timeout = Math.min(1, interval), fall = 3, rise = 2 } = check;
  if (type === 'tcp' && port === undefined) {
    throw badRequest("Invalid input for health_check. Reason: 'port' is missing: type tcp connects to one.");
  }
  if (type === 'icmp' && port !== undefined) {
    throw badRequest(
      `Invalid input for health_check.port. Reason: ${port} is for type tcp; icmp has no ports.`,
    );
  }
  if (timeout > interval) {
    throw badRequest(
      `Invalid input for health_check.timeout. Reason: ${timeout} is more than the interval of ${interval} seconds.`,
    );
  }
  return { type, ...(port !== undefined && { port }), interval, timeout, fall, rise };
}

/** Where every network has its metadata and name service. */
const servicePrefix = Prefix.parse('fd00:a9fe:a9fe::/64');

/** @throws RequestError 400 for what is no address that a router could lead to */
export function checkAnycastAddress(text: string): void {
  const address = Address.parse(text);
  const bad = (reason: string) => badRequest(`Invalid input for address. Reason: ${text} ${reason}.`);
  if (address.family === 4) throw bad('is an IPv4 address: anycast addresses are of IPv6');
  if (address.isMulticast || address.isLoopback || address.isUnspecified || address.isLinkLocal) {
    throw bad('is no unicast address that a router forwards to: choose a global or unique local one');
  }
  if (servicePrefix.contains(address))
    throw bad(`is in ${servicePrefix}, where networks have their services`);
}

/** A subnet of a router. */
interface Attached {
  readonly subnetId: string;
  readonly prefix: Prefix;
}

/** @throws RequestError 400 when hosts on a subnet of the router would look for the address on their link */
export function checkOffLink(text: string, attached: readonly Attached[]): void {
  const address = Address.parse(text);
  const subnet = attached.find(({ prefix }) => prefix.contains(address));
  if (subnet) {
    throw invalidInput(
      `address ${text} is on ${subnet.prefix} of subnet ${subnet.subnetId}, which is attached to the router: hosts there would look for it on their link. Choose an address outside of the router's subnets.`,
    );
  }
}

/** @throws RequestError 409 when a static route leads to the very address */
export function checkNoRoute(
  text: string,
  routes: readonly { destination: string; nexthop: string }[],
): void {
  const route = routes.find(({ destination }) => destination === `${text}/128`);
  if (route) {
    throw conflict(
      'AnycastAddressInUse',
      `Address ${text} has a static route via ${route.nexthop} on the router: remove it, or choose another address.`,
    );
  }
}

/** A port that serves an anycast address, and what is known of it. */
export interface Member {
  readonly portId: string;
  readonly portStatus: string;
  /** Its address on a subnet of the router: where the router sends what is for the anycast address. */
  readonly nextHop: Address | undefined;
  /** Whether its instance answered; null when it was not asked yet. */
  readonly healthy: boolean | null;
}

const isUp = ({ portStatus, nextHop }: Member): boolean => portStatus === 'ACTIVE' && nextHop !== undefined;

/** A member's status as the API shows it. */
export function memberStatus(member: Member): 'ACTIVE' | 'DOWN' | 'BUILD' {
  if (!isUp(member) || member.healthy === false) return 'DOWN';
  return member.healthy === null ? 'BUILD' : 'ACTIVE';
}

/**
 * The members that get traffic: the healthy ones. When none is, all whose ports are up: a check that fails everywhere,
 * or that nobody makes, says more of the check than of the members.
 */
export function serving(members: readonly Member[]): Member[] {
  const healthy = members.filter((member) => memberStatus(member) === 'ACTIVE');
  return healthy.length > 0 ? healthy : members.filter(isUp);
}
