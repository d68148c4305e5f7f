/** Rules of routers that need no database. */

import { Address, Prefix } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Subnet } from '../subnet/definition.ts';
import { isUndelegated } from '../subnet/undelegated.ts';
import type { Router } from './definition.ts';

/** An address and prefix that a router has on one of its ports. */
export interface RouterAddress {
  readonly portId: string;
  readonly networkId: string;
  readonly subnetId: string;
  readonly prefix: Prefix;
  /** Of the subnet. */
  readonly poolId: string | null;
}

/**
 * @param subnet to be attached
 * @throws RequestError 400 when a router cannot serve the subnet, or already has its prefix
 */
export function checkAttach(routerId: string, subnet: Subnet, attached: readonly RouterAddress[]): void {
  if (subnet.ip_version === 6 && subnet.ipv6_address_mode !== null && subnet.ipv6_ra_mode === null) {
    throw errors.router.advertisedByAnother({ subnet: subnet.id });
  }
  const prefix = Prefix.parse(subnet.cidr);
  for (const other of attached) {
    if (other.subnetId === subnet.id) {
      throw errors.router.alreadyAttached({ router: routerId, subnet: subnet.id });
    }
    if (!isUndelegated(subnet) && other.prefix.overlaps(prefix)) {
      throw errors.router.overlaps({
        prefix,
        subnet: subnet.id,
        other: other.prefix,
        otherSubnet: other.subnetId,
      });
    }
  }
}

/**
 * @throws RequestError 400 for a route whose next hop the router cannot reach
 */
export function checkRoutes(routes: Router['routes'], attached: readonly RouterAddress[]): void {
  for (const { destination, nexthop } of routes) {
    const hop = Address.parse(nexthop);
    // As Neutron writes it.
    const route = `{'destination': '${destination}', 'nexthop': '${nexthop}'}`;
    if (Prefix.parse(destination).family !== hop.family) throw errors.router.routeFamilies({ route });
    if (hop.isLinkLocal && hop.family === 6) {
      // A link-local address means something on one link alone (RFC 4007 section 6): it must be plain which.
      const links = new Set(
        attached.filter(({ prefix }) => prefix.family === 6).map(({ networkId }) => networkId),
      );
      if (links.size !== 1) {
        throw errors.router.routeLinkUnclear({ route, count: links.size });
      }
    } else if (!attached.some(({ prefix }) => prefix.contains(hop))) {
      throw errors.router.routeNotConnected({ route });
    }
  }
}

/** @throws RequestError 400 when the gateway port would have the address of the router it is to lead to */
export function checkGatewayAddresses(
  fixedIps: readonly { ip_address?: string | undefined }[],
  subnets: readonly Subnet[],
): void {
  for (const { ip_address } of fixedIps) {
    const owner = subnets.find(({ gateway_ip }) => gateway_ip !== null && gateway_ip === ip_address);
    if (owner) {
      throw errors.router.addressOfGateway({ address: String(ip_address), subnet: owner.id });
    }
  }
}

/** @throws RequestError 400 for a next hop that means something on more links than the external network */
export function checkNextHop(nexthop: string | null): void {
  if (nexthop === null) return;
  const hop = Address.parse(nexthop);
  if (hop.family !== 6 || !hop.isLinkLocal) throw errors.router.nextHopNotLinkLocal({ address: nexthop });
}
