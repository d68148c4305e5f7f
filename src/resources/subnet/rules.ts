/** Rules of subnets that need no database: prefix, gateway, pools, routes, DNS servers. */

import { Address, AddressRange, Prefix, reservedIn, subtractRanges } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { checkAdvertised } from './advertised.ts';
import type { Subnet, SubnetCreate, SubnetUpdate } from './definition.ts';
import { checkModes, isAutoAddress } from './modes.ts';
import { PREFIX_DELEGATION } from './undelegated.ts';

/** A range as the API writes it. */
export type Pool = Subnet['allocation_pools'][number];

/** @throws RequestError 400 when no subnet, or none with these attributes, can have this prefix */
function checkPrefix(
  prefix: Prefix,
  subnet: Pick<SubnetCreate, 'ip_version' | 'enable_dhcp' | 'ipv6_ra_mode' | 'ipv6_address_mode'>,
): void {
  if (prefix.family !== subnet.ip_version) {
    throw errors.subnet.otherIpVersion({ prefix, version: subnet.ip_version });
  }
  if (prefix.length === 0) throw errors.subnet.everything({ prefix });
  if (prefix.network.isUnspecified) {
    throw errors.subnet.unspecified({ prefix });
  }
  if (prefix.network.isMulticast) {
    throw errors.subnet.multicast({ prefix });
  }
  if (prefix.network.isLoopback) throw errors.subnet.loopback({ prefix });
  if (prefix.network.isLinkLocal) {
    throw errors.subnet.linkLocal({ prefix });
  }
  if (prefix.family === 6 && Prefix.parse('::ffff:0:0/96').overlaps(prefix)) {
    throw errors.subnet.mappedV4({ prefix });
  }
  const services = reservedIn(prefix);
  if (services) throw errors.subnet.ofServices({ prefix, services });
  const hostBits = (prefix.family === 4 ? 32 : 128) - prefix.length;
  if (subnet.enable_dhcp && hostBits < 2) {
    throw errors.subnet.tooSmallForDhcp({ prefix });
  }
  if (isAutoAddress(subnet) && prefix.length !== 64) {
    throw errors.subnet.notSlash64({ prefix });
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
    throw errors.subnet.gatewayOfOtherVersion({ gateway, version: prefix.family, prefix });
  }
  if (gateway.isMulticast || gateway.isLoopback || gateway.isUnspecified) {
    throw errors.subnet.gatewayNotUnicast({ gateway });
  }
  const usable =
    prefix.family === 6 ||
    prefix.size <= 2n ||
    !prefix.contains(gateway) ||
    hostRange(prefix).contains(gateway);
  if (!usable) throw errors.subnet.gatewayNotAHost({ gateway, prefix });
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
      throw errors.subnet.poolOfOtherVersion({ start, end, prefix, version: prefix.family });
    }
    if (first.compare(last) > 0) {
      throw errors.subnet.poolReversed({ start, end });
    }
    if (!bounds.contains(first) || !bounds.contains(last)) {
      throw errors.subnet.poolOutOfBounds({ start, end, prefix, bounds });
    }
    return AddressRange.of(first, last);
  });
  ranges.sort((a, b) => a.first.compare(b.first));
  for (const [index, range] of ranges.entries()) {
    const next = ranges[index + 1];
    if (next?.overlaps(range)) {
      throw errors.subnet.poolsOverlap({ pool: range, other: next, prefix });
    }
    if (gateway && range.contains(gateway)) {
      throw errors.subnet.gatewayInPool({ gateway, pool: range });
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
      throw errors.subnet.nameServerOfOtherVersion({ index, server, version: family });
    }
    // The unspecified address is Neutron's word for "tell no server".
    if (parsed.isMulticast) {
      throw errors.subnet.nameServerNotUnicast({ index, server });
    }
  }
  for (const [index, route] of (options.host_routes ?? []).entries()) {
    if (Prefix.parse(route.destination).family !== family || Address.parse(route.nexthop).family !== family) {
      throw errors.subnet.hostRouteOfOtherVersion({ index, ...route, version: family });
    }
  }
}

/**
 * Checks a request for a subnet whose prefix a provider delegates: instances must form their addresses themselves, and
 * all that follows from the prefix is left to it.
 * @throws RequestError 400
 */
export function checkDelegatedSubnet(request: SubnetCreate): void {
  const {
    ip_version,
    ipv6_ra_mode: raMode,
    ipv6_address_mode: addressMode,
    use_default_subnetpool,
  } = request;
  if (use_default_subnetpool) throw errors.subnetpool.twoPools();
  if (ip_version !== 6 || raMode === null || addressMode !== raMode || !isAutoAddress(request))
    throw errors.subnet.delegatedModes();
  for (const attribute of OF_PREFIX)
    if (request[attribute] !== undefined) throw errors.subnet.followsDelegation({ attribute });
}

/** What follows from the prefix of a subnet. */
const OF_PREFIX = ['cidr', 'prefixlen', 'gateway_ip', 'allocation_pools'] as const;

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
export function subnetShapeOf(request: SubnetCreate): SubnetShape {
  checkModes(request);
  checkAdvertised(request);
  if (request.cidr === undefined) {
    throw errors.subnet.noPrefix();
  }
  const prefix = Prefix.parse(request.cidr);
  checkOptions(request.ip_version, request);
  if (request.subnetpool_id === PREFIX_DELEGATION)
    return { prefix, gateway: prefix.first, pools: defaultPools(prefix, prefix.first) };
  checkPrefix(prefix, request);
  let gateway: Address | undefined;
  if (request.gateway_ip === undefined) gateway = defaultGateway(prefix);
  else if (request.gateway_ip !== null) gateway = Address.parse(request.gateway_ip);
  if (gateway) checkGateway(gateway, prefix);
  const pools = request.allocation_pools
    ? checkPools(request.allocation_pools, prefix, gateway)
    : defaultPools(prefix, gateway);
  return { prefix, gateway, pools };
}
