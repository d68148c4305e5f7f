/** Rules of anycast addresses that need no database. */

import { Address, Prefix, reservedIn } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
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
    throw errors.anycastAddress.portMissing();
  }
  if (type === 'icmp' && port !== undefined) {
    throw errors.anycastAddress.portOfIcmp({ port });
  }
  if (timeout > interval) {
    throw errors.anycastAddress.timeout({ timeout, interval });
  }
  return { type, ...(port !== undefined && { port }), interval, timeout, fall, rise };
}

/** @throws RequestError 400 for what is no address that a router could lead to */
export function checkAnycastAddress(text: string): void {
  const address = Address.parse(text);
  if (address.family === 4) throw errors.anycastAddress.isIpv4({ address: text });
  if (address.isMulticast || address.isLoopback || address.isUnspecified || address.isLinkLocal) {
    throw errors.anycastAddress.notUnicast({ address: text });
  }
  const services = reservedIn(Prefix.of(address, 128));
  if (services) throw errors.anycastAddress.ofServices({ address: text, services });
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
    throw errors.anycastAddress.onLink({ address: text, prefix: subnet.prefix, subnet: subnet.subnetId });
  }
}

/** @throws RequestError 409 when a static route leads to the very address */
export function checkNoRoute(
  text: string,
  routes: readonly { destination: string; nexthop: string }[],
): void {
  const route = routes.find(({ destination }) => destination === `${text}/128`);
  if (route) {
    throw errors.anycastAddress.hasRoute({ address: text, nexthop: route.nexthop });
  }
}

/** A port that serves an anycast address, and what is known of it. */
export interface AnycastMember {
  readonly portId: string;
  readonly portStatus: string;
  /** Its address on a subnet of the router: where the router sends what is for the anycast address. */
  readonly nextHop: Address | undefined;
  /** Whether its instance answered; null when it was not asked yet. */
  readonly healthy: boolean | null;
}

const isUp = ({ portStatus, nextHop }: AnycastMember): boolean =>
  portStatus === 'ACTIVE' && nextHop !== undefined;

/** A member's status as the API shows it. */
export function memberStatus(member: AnycastMember): 'ACTIVE' | 'DOWN' | 'BUILD' {
  if (!isUp(member) || member.healthy === false) return 'DOWN';
  return member.healthy === null ? 'BUILD' : 'ACTIVE';
}

/**
 * The members that get traffic: the healthy ones. When none is, all whose ports are up: a check that fails everywhere,
 * or that nobody makes, says more of the check than of the members.
 */
export function serving(members: readonly AnycastMember[]): AnycastMember[] {
  const healthy = members.filter((member) => memberStatus(member) === 'ACTIVE');
  return healthy.length > 0 ? healthy : members.filter(isUp);
}
