/** Rules of subnets that need no database: prefix, gateway, pools, routes, DNS servers. */
import { Address, AddressRange, Prefix, SERVICE_PREFIX, subtractRanges } from '../../addressing/index.ts';
import { badRequest, conflict, invalidInput, RequestError } from '../errors.ts';
import { checkAdvertised } from './advertised.ts';
import type { Subnet, SubnetCreate, SubnetUpdate } from './definition.ts';
import { checkModes, isAutoAddress } from './modes.ts';

/** A range as the API writes it. */
export type Pool = Subnet['allocation_pools'][number];

const quoted = (prefix: Prefix): string => `'${prefix}'`;

/** @throws RequestError 400 when no subnet, or none with these attributes, can have this prefix */
function checkPrefix(
  prefix: Prefix,
  subnet: Pick<SubnetCreate, 'ip_version' | 'enable_dhcp' | 'ipv6_ra_mode' | 'ipv6_address_mode'>,
): void {
  if (prefix.family !== subnet.ip_version) {
    throw invalidInput(`cidr ${quoted(prefix)} does not match the ip_version '${subnet.ip_version}'.`);
  }
  if (prefix.length === 0)
    throw invalidInput(`cidr ${quoted(prefix)} with a prefix length of 0 is not a subnet.`);
  if (prefix.network.isUnspecified) {
    throw invalidInput(`cidr ${quoted(prefix)} has the unspecified address as its network address.`);
  }
  if (prefix.network.isMulticast) {
    throw invalidInput(`cidr ${quoted(prefix)} is multicast (RFC 4291 section 2.7): use a unicast prefix.`);
  }
  if (prefix.network.isLoopback)
    throw invalidInput(`cidr ${quoted(prefix)} is loopback: it never leaves a host.`);
  if (prefix.network.isLinkLocal) {
    throw invalidInput(
      `cidr ${quoted(prefix)} is link-local: every IPv6 interface has such an address anyway, and none is routed (RFC 4291 section 2.5.6).`,
    );
  }
  if (prefix.family === 6 && Prefix.parse('::ffff:0:0/96').overlaps(prefix)) {
    throw invalidInput(`cidr ${quoted(prefix)} is for IPv4-mapped addresses: use ip_version 4.`);
  }
  if (SERVICE_PREFIX.overlaps(prefix)) {
    throw invalidInput(
      `cidr ${quoted(prefix)} overlaps with ${SERVICE_PREFIX}, where metadata and DNS are on every network: choose another prefix.`,
    );
  }
  const hostBits = (prefix.family === 4 ? 32 : 128) - prefix.length;
  if (subnet.enable_dhcp && hostBits < 2) {
    throw invalidInput(
      `cidr ${quoted(prefix)}: Subnet has a prefix length that is incompatible with DHCP service enabled.`,
    );
  }
  if (isAutoAddress(subnet) && prefix.length !== 64) {
    throw invalidInput(
      `Invalid CIDR ${prefix} for IPv6 address mode. OpenStack uses the EUI-64 address format, which requires the prefix to be /64.`,
    );
  }
}

/** The gateway when none is asked for: IPv4 the first host, IPv6 the network address (as Neutron has it). */
const defaultGateway = (prefix: Prefix): Address => (prefix.family === 6 ? prefix.first : prefix.at(1n));

/**
 * The addresses that instances can have. The all-zeros one is the subnet-router anycast address
 * (RFC 4291 section 2.6.1); IPv4 has its broadcast address as well. Prefixes of one or two addresses have no such.
 */
export function hostRange(prefix: Prefix): AddressRange {
  if (prefix.size <= 2n) return prefix.range;
  const last = prefix.family === 4 ? prefix.at(prefix.size - 2n) : prefix.last;
  return AddressRange.of(prefix.at(1n), last);
}

/** @throws RequestError 400 for a gateway of the wrong family, or one that no router can have */
export function checkGateway(gateway: Address, prefix: Prefix): void {
  if (gateway.family !== prefix.family) {
    throw invalidInput(
      `gateway_ip '${gateway}' is not an IPv${prefix.family} address, as subnet ${prefix} needs.`,
    );
  }
  if (gateway.isMulticast || gateway.isLoopback || gateway.isUnspecified) {
    throw invalidInput(`gateway_ip '${gateway}' is not a unicast address that a router can have.`);
  }
  const usable =
    prefix.family === 6 ||
    prefix.size <= 2n ||
    !prefix.contains(gateway) ||
    hostRange(prefix).contains(gateway);
  if (!usable)
    throw invalidInput(
      `Gateway is not valid on subnet: gateway_ip '${gateway}' is the network or broadcast address of ${prefix}.`,
    );
}

/**
 * Checks pools that a user gave.
 * @returns them as ranges, in order
 * @throws RequestError 400 out of bounds or reversed, 409 overlapping or holding the gateway
 */
export function checkPools(
  pools: readonly Pool[],
  prefix: Prefix,
  gateway: Address | undefined,
): AddressRange[] {
  const bounds = hostRange(prefix);
  const ranges = pools.map(({ start, end }) => {
    const first = Address.parse(start);
    const last = Address.parse(end);
    if (first.family !== prefix.family || last.family !== prefix.family) {
      throw new RequestError(
        400,
        'InvalidAllocationPool',
        `The allocation pool ${start}-${end} is not valid: allocation_pools of ${prefix} must be IPv${prefix.family}.`,
      );
    }
    if (first.compare(last) > 0) {
      throw new RequestError(
        400,
        'InvalidAllocationPool',
        `The allocation pool ${start}-${end} is not valid: its start is above its end.`,
      );
    }
    if (!bounds.contains(first) || !bounds.contains(last)) {
      throw new RequestError(
        400,
        'OutOfBoundsAllocationPool',
        `The allocation pool ${start}-${end} spans beyond the subnet cidr ${prefix}: allocation_pools must lie in ${bounds}.`,
      );
    }
    return AddressRange.of(first, last);
  });
  ranges.sort((a, b) => a.first.compare(b.first));
  for (const [index, range] of ranges.entries()) {
    const next = ranges[index + 1];
    if (next?.overlaps(range)) {
      throw conflict(
        'OverlappingAllocationPools',
        `Found overlapping allocation pools: ${range} ${next} for subnet ${prefix}.`,
      );
    }
    if (gateway && range.contains(gateway)) {
      throw conflict(
        'GatewayConflictWithAllocationPools',
        `Gateway ip ${gateway} conflicts with allocation pool ${range}: leave it out of allocation_pools, or choose another gateway_ip.`,
      );
    }
  }
  return ranges;
}

/** The pools when none are asked for: all addresses that instances can have, less the gateway. */
export const defaultPools = (prefix: Prefix, gateway: Address | undefined): AddressRange[] =>
  subtractRanges(
    [hostRange(prefix)],
    gateway && prefix.contains(gateway) ? [AddressRange.of(gateway, gateway)] : [],
  );

export const toPool = (range: AddressRange): Pool => ({
  start: range.first.toString(),
  end: range.last.toString(),
});
export const toRange = (pool: Pool): AddressRange =>
  AddressRange.of(Address.parse(pool.start), Address.parse(pool.end));

/** @throws RequestError 400 for DNS servers or routes of the other family, or multicast next hops */
export function checkOptions(
  family: 4 | 6,
  options: Pick<SubnetUpdate, 'dns_nameservers' | 'host_routes'>,
): void {
  for (const [index, server] of (options.dns_nameservers ?? []).entries()) {
    const parsed = Address.parse(server);
    if (parsed.family !== family) {
      throw invalidInput(
        `dns_nameservers[${index}] '${server}' does not match the ip_version '${family}' of the subnet.`,
      );
    }
    // The unspecified address is Neutron's word for "tell no server".
    if (parsed.isMulticast) {
      throw invalidInput(`dns_nameservers[${index}] '${server}' is not a unicast address.`);
    }
  }
  for (const [index, route] of (options.host_routes ?? []).entries()) {
    if (Prefix.parse(route.destination).family !== family || Address.parse(route.nexthop).family !== family) {
      throw invalidInput(
        `host_routes[${index}] '${route.destination} via ${route.nexthop}' does not match the ip_version '${family}' of the subnet.`,
      );
    }
  }
}

/** What a new subnet will be like. */
export interface SubnetShape {
  readonly prefix: Prefix;
  readonly gateway: Address | undefined;
  readonly pools: AddressRange[];
}

/**
 * Checks a request for a subnet, and chooses what it leaves open.
 * @throws RequestError
 */
export function shapeOf(request: SubnetCreate): SubnetShape {
  checkModes(request);
  checkAdvertised(request);
  if (request.cidr === undefined) {
    throw badRequest(
      'Bad subnets request: a subnet must be given a cidr (or a subnetpool, which is not supported yet).',
    );
  }
  const prefix = Prefix.parse(request.cidr);
  checkPrefix(prefix, request);
  checkOptions(request.ip_version, request);
  let gateway: Address | undefined;
  if (request.gateway_ip === undefined) gateway = defaultGateway(prefix);
  else if (request.gateway_ip !== null) gateway = Address.parse(request.gateway_ip);
  if (gateway) checkGateway(gateway, prefix);
  const pools = request.allocation_pools
    ? checkPools(request.allocation_pools, prefix, gateway)
    : defaultPools(prefix, gateway);
  return { prefix, gateway, pools };
}
