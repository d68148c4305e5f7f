/**
 * Decides which addresses a port gets: pure, so the database is asked only for what has been decided.
 * Rules: Neutron's, and beyond them any address of a SLAAC or stateless subnet may be asked for.
 */

import { Address, eui64Address, type Mac, macOfEui64, Prefix } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Subnet } from '../subnet/definition.ts';
import { isAutoAddress } from '../subnet/modes.ts';
import { hostRange } from '../subnet/rules.ts';
import { isUndelegated } from '../subnet/undelegated.ts';
import type { FixedIp } from './definition.ts';
import { routerOwners } from './owners.ts';

/** One address to be had. */
export type Pick =
  /** This one: asked for, or held already. */
  | { readonly kind: 'given'; readonly subnet: Subnet; readonly address: Address }
  /** The one that SLAAC makes of the MAC (RFC 4291 appendix A). */
  | { readonly kind: 'eui64'; readonly subnet: Subnet }
  /** The next free one of the first of these subnets that has one. */
  | { readonly kind: 'free'; readonly subnets: readonly Subnet[] };

/** An address that a port holds. */
export interface HeldAddress {
  readonly subnetId: string;
  readonly address: Address;
}

/** What is known of the port. */
export interface AddressRequest {
  readonly networkId: string;
  readonly deviceOwner: string;
  /** The subnets of its network, oldest first. */
  readonly subnets: readonly Subnet[];
  /** What fixed_ips says; undefined when it was left out. */
  readonly wishes: readonly FixedIp[] | undefined;
}

/** Subnets that ports of this owner may draw from: those for the owner first, none that are for others. */
function servingSubnets({ subnets, deviceOwner }: AddressRequest): Subnet[] {
  const serves = (subnet: Subnet): boolean =>
    subnet.service_types.some((type) => deviceOwner.startsWith(type) && type !== '');
  const there = subnets.filter((subnet) => !isUndelegated(subnet));
  return [...there.filter(serves), ...there.filter((subnet) => subnet.service_types.length === 0)];
}

/** @throws RequestError 400 when no port of this owner may hold the address */
function checkLegal(address: Address, subnet: Subnet, deviceOwner: string): void {
  const prefix = Prefix.parse(subnet.cidr);
  if (!prefix.contains(address)) {
    throw errors.fixedIps.outsideSubnet({ address, cidr: subnet.cidr });
  }
  const isRouter = routerOwners.has(deviceOwner);
  if (!hostRange(prefix).contains(address) && !(isRouter && prefix.family === 6)) {
    throw prefix.family === 6
      ? errors.fixedIps.subnetRouterAnycast({ address, cidr: subnet.cidr })
      : errors.fixedIps.networkOrBroadcast({ address, cidr: subnet.cidr });
  }
}

function findSubnet(wish: FixedIp, facts: AddressRequest): Subnet {
  const { subnets, networkId } = facts;
  if (wish.subnet_id !== undefined) {
    const subnet = subnets.find(({ id }) => id === wish.subnet_id);
    if (subnet) return subnet;
    throw errors.fixedIps.otherSubnet({ network: networkId, subnet: wish.subnet_id });
  }
  if (wish.ip_address === undefined) {
    throw errors.fixedIps.emptyItem();
  }
  const address = Address.parse(wish.ip_address);
  const subnet = subnets.find((one) => !isUndelegated(one) && Prefix.parse(one.cidr).contains(address));
  if (subnet) return subnet;
  const cidrs = subnets.map(({ cidr }) => cidr);
  throw errors.fixedIps.outsideNetwork({
    address,
    cidrs: cidrs.length > 0 ? cidrs : '(the network has no subnet)',
  });
}

/** What the wishes come to; the addresses that come by themselves are added by `planCreate` and `planUpdate`. */
function planWishes(facts: AddressRequest, held: readonly HeldAddress[]): Pick[] {
  const unused = [...held];
  const isRouter = routerOwners.has(facts.deviceOwner);
  const seen = new Set<string>();
  const picks: Pick[] = [];
  for (const wish of facts.wishes ?? []) {
    if (wish.delete_subnet) continue;
    const subnet = findSubnet(wish, facts);
    // Its address comes with its prefix.
    if (isUndelegated(subnet) && !isRouter) continue;
    if (wish.ip_address !== undefined) {
      const address = Address.parse(wish.ip_address);
      checkLegal(address, subnet, facts.deviceOwner);
      if (seen.has(address.sortKey)) throw errors.fixedIps.twice({ address });
      seen.add(address.sortKey);
      const index = unused.findIndex((one) => one.address.equals(address));
      if (index >= 0) unused.splice(index, 1);
      picks.push({ kind: 'given', subnet, address });
    } else if (isAutoAddress(subnet) && !isRouter) {
      if (!picks.some((pick) => pick.kind === 'eui64' && pick.subnet === subnet))
        picks.push({ kind: 'eui64', subnet });
    } else {
      const index = unused.findIndex((one) => one.subnetId === subnet.id);
      const [kept] = index >= 0 ? unused.splice(index, 1) : [];
      picks.push(
        kept ? { kind: 'given', subnet, address: kept.address } : { kind: 'free', subnets: [subnet] },
      );
    }
  }
  return picks;
}

const covers = (picks: readonly Pick[], subnet: Subnet): boolean =>
  picks.some((pick) => pick.kind !== 'free' && pick.subnet.id === subnet.id);

/**
 * The addresses of a new port. Without wishes: one IPv4 address, one IPv6 address of the subnets that allocate, and
 * one of every subnet whose instances form their own. With wishes (`[]` too): those, and every such subnet that they
 * do not mention. Router ports get what they ask for alone.
 * @throws RequestError 400 for a wish that cannot be
 */
export function planCreate(facts: AddressRequest): Pick[] {
  const picks = planWishes(facts, []);
  if (routerOwners.has(facts.deviceOwner) && facts.wishes !== undefined) return picks;
  const candidates = servingSubnets(facts);
  if (facts.wishes === undefined) {
    for (const family of [4, 6] as const) {
      const allocating = candidates.filter(
        (subnet) => subnet.ip_version === family && !isAutoAddress(subnet),
      );
      if (allocating.length > 0) picks.push({ kind: 'free', subnets: allocating });
    }
  }
  if (routerOwners.has(facts.deviceOwner)) return picks;
  for (const subnet of candidates) {
    if (isAutoAddress(subnet) && !covers(picks, subnet)) picks.push({ kind: 'eui64', subnet });
  }
  return picks;
}

/**
 * The addresses of a port after an update of fixed_ips: the wishes, and those of subnets whose instances form their
 * own that the port holds and the wishes leave out, unless they say `delete_subnet`.
 * @throws RequestError 400 for a wish that cannot be
 */
export function planUpdate(facts: AddressRequest, held: readonly HeldAddress[]): Pick[] {
  const picks = planWishes(facts, held);
  if (routerOwners.has(facts.deviceOwner)) return picks;
  const dropped = new Set(facts.wishes?.filter((wish) => wish.delete_subnet).map((wish) => wish.subnet_id));
  for (const { subnetId, address } of held) {
    const subnet = facts.subnets.find(({ id }) => id === subnetId);
    if (!subnet || !isAutoAddress(subnet) || dropped.has(subnetId) || covers(picks, subnet)) continue;
    picks.push({ kind: 'given', subnet, address });
  }
  return picks;
}

/** The addresses after a change of MAC: those that SLAAC made of the old one are made of the new one. */
export function followMac(picks: readonly Pick[], oldMac: Mac): Pick[] {
  return picks.map((pick) => {
    if (pick.kind !== 'given' || !isAutoAddress(pick.subnet)) return pick;
    const made = eui64Address(Prefix.parse(pick.subnet.cidr), oldMac);
    return made.equals(pick.address) ? { kind: 'eui64', subnet: pick.subnet } : pick;
  });
}

/**
 * The MAC that a port without one must have so that SLAAC yields an address asked for: when the interface identifier
 * has the EUI-64 form. Other identifiers leave the MAC open; the instance then needs them as a token.
 */
export function macFromWishes(picks: readonly Pick[]): Mac | undefined {
  for (const pick of picks) {
    if (pick.kind !== 'given' || !isAutoAddress(pick.subnet)) continue;
    const mac = macOfEui64(pick.address);
    if (mac && !mac.isMulticast && mac.value !== 0n) return mac;
  }
  return undefined;
}

/** The address that a pick of kind 'eui64' means. */
export const autoAddress = (subnet: Subnet, mac: Mac): Address =>
  eui64Address(Prefix.parse(subnet.cidr), mac);
