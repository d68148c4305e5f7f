/** How a router's subnets share the prefixes that a provider delegates to it, and what it asks for. Pure. */
import { hash } from 'node:crypto';
import { Prefix } from '../../../addressing/index.ts';

/** A prefix that is delegated to a router. */
export interface DelegatedToRouter {
  readonly iaid: number;
  readonly prefix: Prefix;
  /** As `created_at`; null for ever. */
  readonly preferredUntil: string | null;
  readonly validUntil: string | null;
}

/** A subnet that is to have a /64 of them. */
export interface WaitingSubnet {
  readonly id: string;
  /** What it has; undefined for nothing. */
  readonly prefix: Prefix | undefined;
}

/** A prefix that the router, or the network of one of the subnets, has already. */
export interface OthersPrefix {
  readonly prefix: Prefix;
  /** In words. */
  readonly holder: string;
}

/** What a subnet gets. */
export interface PrefixShare {
  readonly prefix: Prefix;
  readonly from: DelegatedToRouter;
}

/** What there is to ask for: an identity association (RFC 8415 section 12). */
export interface AssociationWish {
  readonly iaid: number;
  /** How long the prefix had best be. */
  readonly length: number;
}

/** The association that all of a router's subnets share. */
const SHARED_IAID = 1;
const SUBNET_LENGTH = 64;

/** The association of a subnet for which the shared one has no room: the same wherever it is asked. */
export const iaidOf = (subnetId: string): number =>
  2 + (Number.parseInt(hash('sha256', subnetId).slice(0, 8), 16) % 0x7fff_fff0);

/** A time is over, or is none: `until` and `now` as `created_at`. */
const isOver = (until: string | null, now: string): boolean => until !== null && until <= now;

/**
 * The /64 of each subnet that gets one, by subnet. Who has one keeps it for as long as its prefix is preferred; of a
 * prefix that is only valid still, subnets move to one that is preferred, if there is one.
 * @param now as `created_at`
 * @returns also why others get none, in words
 */
export function shareOutPrefixes(
  subnets: readonly WaitingSubnet[],
  delegated: readonly DelegatedToRouter[],
  others: readonly OthersPrefix[],
  now: string,
): { readonly shares: ReadonlyMap<string, PrefixShare>; readonly refusal: string | undefined } {
  const valid = delegated.filter(({ validUntil }) => !isOver(validUntil, now));
  const preferred = valid.filter(({ preferredUntil }) => !isOver(preferredUntil, now));
  const usable = preferred.length > 0 ? preferred : valid;
  const shares = new Map<string, PrefixShare>();
  const holderOf = (prefix: Prefix): string | undefined =>
    others.find((other) => other.prefix.overlaps(prefix))?.holder;
  for (const { id, prefix } of subnets) {
    const from = prefix && usable.find((one) => one.prefix.covers(prefix));
    if (prefix && from && holderOf(prefix) === undefined) shares.set(id, { prefix, from });
  }
  let refusal: string | undefined;
  for (const { id } of subnets) {
    if (shares.has(id)) continue;
    const taken = [...shares.values()].map((share) => share.prefix);
    const found = usable.flatMap((from) => {
      const { share, holder } = firstFree(from, taken, holderOf, subnets.length + others.length);
      if (holder !== undefined)
        refusal = `${from.prefix}, which the provider delegates, overlaps with what ${holder} has`;
      return share === undefined ? [] : [share];
    });
    if (found[0] !== undefined) shares.set(id, found[0]);
  }
  return { shares, refusal };
}

/** The first /64 of a prefix that nobody has; or who has one, if there is none. */
function firstFree(
  from: DelegatedToRouter,
  taken: readonly Prefix[],
  holderOf: (prefix: Prefix) => string | undefined,
  others: number,
): { readonly share?: PrefixShare; readonly holder?: string | undefined } {
  let holder: string | undefined;
  for (let index = 0; index <= others && index < 2 ** (SUBNET_LENGTH - from.prefix.length); index++) {
    const prefix = Prefix.of(from.prefix.at(BigInt(index) << 64n), SUBNET_LENGTH);
    if (taken.some((one) => one.equals(prefix))) continue;
    const found = holderOf(prefix);
    if (found === undefined) return { share: { prefix, from } };
    holder = found;
  }
  return { holder };
}

/**
 * What a router asks for: a prefix that has room for all of its subnets; and where a provider gives a longer one, a
 * further one for each subnet that has none.
 */
export function associationWishes(
  subnets: readonly WaitingSubnet[],
  delegated: readonly Pick<DelegatedToRouter, 'iaid'>[],
): AssociationWish[] {
  if (subnets.length === 0) return [];
  const has = (iaid: number): boolean => delegated.some((one) => one.iaid === iaid);
  const own = subnets
    .filter(({ id, prefix }) => has(iaidOf(id)) || (has(SHARED_IAID) && prefix === undefined))
    .map(({ id }) => ({ iaid: iaidOf(id), length: SUBNET_LENGTH }));
  const length = SUBNET_LENGTH - Math.ceil(Math.log2(subnets.length));
  return [{ iaid: SHARED_IAID, length }, ...own];
}
