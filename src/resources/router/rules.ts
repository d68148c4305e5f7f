/** Rules of routers that need no database. */
import { Address, Prefix } from '../../addressing/index.ts';
import { badRequest, invalidInput, RequestError } from '../errors.ts';
import type { Subnet } from '../subnet/definition.ts';
import type { Router } from './definition.ts';

/** An address and prefix that a router has on one of its ports. */
export interface Attachment {
  readonly portId: string;
  readonly networkId: string;
  readonly subnetId: string;
  readonly prefix: Prefix;
}

const badRouterRequest = (message: string): RequestError => badRequest(`Bad router request: ${message}.`);

/**
 * @param subnet to be attached
 * @throws RequestError 400 when a router cannot serve the subnet, or already has its prefix
 */
export function checkAttach(routerId: string, subnet: Subnet, attached: readonly Attachment[]): void {
  if (subnet.ip_version === 6 && subnet.ipv6_address_mode !== null && subnet.ipv6_ra_mode === null) {
    throw badRouterRequest(
      `IPv6 subnet ${subnet.id} configured to receive RAs from an external router cannot be added to Neutron Router`,
    );
  }
  const prefix = Prefix.parse(subnet.cidr);
  for (const other of attached) {
    if (other.subnetId === subnet.id) {
      throw badRouterRequest(`Router ${routerId} already has a port on subnet ${subnet.id}`);
    }
    if (other.prefix.overlaps(prefix)) {
      throw badRouterRequest(
        `Cidr ${prefix} of subnet ${subnet.id} overlaps with cidr ${other.prefix} of subnet ${other.subnetId}`,
      );
    }
  }
}

/**
 * @throws RequestError 400 for a route whose next hop the router cannot reach
 */
export function checkRoutes(routes: Router['routes'], attached: readonly Attachment[]): void {
  for (const { destination, nexthop } of routes) {
    const hop = Address.parse(nexthop);
    const bad = (reason: string): RequestError =>
      new RequestError(
        400,
        'InvalidRoutes',
        `Invalid format for routes: [{'destination': '${destination}', 'nexthop': '${nexthop}'}], ${reason}`,
      );
    if (Prefix.parse(destination).family !== hop.family)
      throw bad('destination and nexthop are of different IP versions.');
    if (hop.isLinkLocal && hop.family === 6) {
      // A link-local address means something on one link alone (RFC 4007 section 6): it must be plain which.
      const links = new Set(
        attached.filter(({ prefix }) => prefix.family === 6).map(({ networkId }) => networkId),
      );
      if (links.size !== 1) {
        throw bad(
          `the link-local nexthop needs exactly one attached IPv6 network, and the router has ${links.size}.`,
        );
      }
    } else if (!attached.some(({ prefix }) => prefix.contains(hop))) {
      throw bad('the nexthop is not connected with router: attach its subnet first.');
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
      throw invalidInput(
        `external_fixed_ips: IP ${ip_address} is the gateway_ip of subnet ${owner.id}: choose another ip_address.`,
      );
    }
  }
}
