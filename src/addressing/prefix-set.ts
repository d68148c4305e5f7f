/** Sets of addresses as prefixes. */
import { ADDRESS_BITS } from './address.ts';
import { Prefix } from './prefix.ts';
import { type AddressRange, mergeRanges, subtractRanges } from './range.ts';

/** The addresses of a range as few prefixes as possible, in order. At most twice as many as an address has bits. */
export function prefixesOf(range: AddressRange): Prefix[] {
  const prefixes: Prefix[] = [];
  const bits = ADDRESS_BITS[range.family];
  let next = range.first;
  for (;;) {
    const aligned = next.value === 0n ? bits : highestBit(next.value & -next.value);
    const prefix = Prefix.of(next, bits - Math.min(aligned, highestBit(range.last.value - next.value + 1n)));
    prefixes.push(prefix);
    if (prefix.last.equals(range.last)) return prefixes;
    next = prefix.last.plus(1n);
  }
}

const highestBit = (value: bigint): number => value.toString(2).length - 1;

const rangesOf = (prefixes: readonly Prefix[]): AddressRange[] => prefixes.map(({ range }) => range);

/** The addresses of all `prefixes` as few prefixes as possible: sorted, apart from each other. */
export const mergePrefixes = (prefixes: readonly Prefix[]): Prefix[] =>
  mergeRanges(rangesOf(prefixes)).flatMap(prefixesOf);

/** The addresses that are in one of `from` and in none of `take`, as `mergePrefixes` gives them. */
export const subtractPrefixes = (from: readonly Prefix[], take: readonly Prefix[]): Prefix[] =>
  subtractRanges(rangesOf(from), rangesOf(take)).flatMap(prefixesOf);
