/**
 * Network prefix translation (RFC 6296): one prefix stands for another of the same length, and another word of the
 * address makes up for what that changes of a sum, so that no checksum above changes.
 */
import { Address } from './address.ts';
import { Prefix } from './prefix.ts';

/** Where the word is that makes up for it, as bits from the left: behind the longest prefix for which it is a subnet's number (section 3.4). */
export const ADJUSTED_AT = 48;
const WORDS = 8;
const ALL_ONES = 0xffff;

/** In one's complement, with one zero alone. */
const folded = (sum: number): number => sum % ALL_ONES;

const sumOf = ({ value }: Address): number =>
  folded(
    Array.from({ length: WORDS }, (_, index) => Number((value >> BigInt(16 * index)) & 0xffffn)).reduce(
      (sum, word) => sum + word,
      0,
    ),
  );

/**
 * What is to be added to a word of an address, in one's complement, when one prefix takes the place of another (section
 * 3.1): 0 to 0xfffe. What leads back is its complement.
 */
export const nptv6Adjustment = (from: Prefix, to: Prefix): number =>
  folded(sumOf(from.network) + ALL_ONES - sumOf(to.network));

/**
 * Whether an address of the one prefix can stand for one of the other by what its prefix is alone. In prefixes that leave
 * no whole word to subnets it would be the interface identifier that makes up for it (section 3.5), unless nothing is to
 * be made up for.
 */
export const isNptv6Possible = (internal: Prefix, external: Prefix): boolean =>
  internal.length <= ADJUSTED_AT || nptv6Adjustment(internal, external) === 0;

/**
 * The address that one stands for.
 * @param address of `from`
 * @param to of the same length
 * @returns undefined for those of the subnet 0xffff, which are not translated where the sums differ (section 3.4)
 */
export function translateNptv6(address: Address, from: Prefix, to: Prefix): Address | undefined {
  const moved = address.value - from.network.value + to.network.value;
  const adjustment = nptv6Adjustment(from, to);
  if (adjustment === 0) return Address.of(6, moved);
  if (from.length > ADJUSTED_AT) return undefined;
  const shift = BigInt(128 - ADJUSTED_AT - 16);
  const word = Number((moved >> shift) & 0xffffn);
  if (word === ALL_ONES) return undefined;
  return Address.of(6, moved + (BigInt(folded(word + adjustment) - word) << shift));
}

/** A prefix that is like one that is given, but in its third word, and that nothing is to be made up for. */
export function neutralNptv6(internal: Prefix, external: Prefix): Prefix {
  const shift = BigInt(128 - 48);
  const kept = internal.network.value & ~(0xffffn << shift);
  const word = folded(sumOf(external.network) + ALL_ONES - sumOf(Address.of(6, kept)));
  return Prefix.of(Address.of(6, kept | (BigInt(word) << shift)), internal.length);
}
