/** Ranges of addresses, and the arithmetic of sets of them. */
import type { Address, Family } from './address.ts';
import { AddressError } from './error.ts';

/** All addresses from `first` to `last`, both included. Immutable. */
export class AddressRange {
  readonly first: Address;
  readonly last: Address;

  private constructor(first: Address, last: Address) {
    this.first = first;
    this.last = last;
  }

  /** @throws AddressError when `last` is before `first` or of the other family */
  static of(first: Address, last: Address): AddressRange {
    if (first.family !== last.family) throw refused(first, last, 'its ends are of different IP versions');
    if (first.value > last.value) throw refused(first, last, 'its end is before its start');
    return new AddressRange(first, last);
  }

  get family(): Family {
    return this.first.family;
  }

  /** How many addresses it holds; at least one. */
  get size(): bigint {
    return this.last.value - this.first.value + 1n;
  }

  contains(address: Address): boolean {
    return (
      address.family === this.family && this.first.value <= address.value && address.value <= this.last.value
    );
  }

  /** True when every address of `other` is in this range; a range covers itself. */
  covers(other: AddressRange): boolean {
    return this.contains(other.first) && this.contains(other.last);
  }

  /** True when they share an address. */
  overlaps(other: AddressRange): boolean {
    return (
      other.family === this.family &&
      this.first.value <= other.last.value &&
      other.first.value <= this.last.value
    );
  }

  equals(other: AddressRange): boolean {
    return this.first.equals(other.first) && this.last.equals(other.last);
  }

  toString(): string {
    return `${this.first}-${this.last}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** The addresses of all `ranges` as few ranges as possible: sorted, apart from each other, IPv4 first. */
export function mergeRanges(ranges: Iterable<AddressRange>): AddressRange[] {
  const sorted = [...ranges].sort((a, b) => a.first.compare(b.first));
  const merged: AddressRange[] = [];
  for (const range of sorted) {
    const previous = merged.at(-1);
    if (previous === undefined || !touches(previous, range)) {
      merged.push(range);
    } else if (range.last.value > previous.last.value) {
      merged[merged.length - 1] = AddressRange.of(previous.first, range.last);
    }
  }
  return merged;
}

/**
 * The addresses that are in one of `from` and in none of `take`, as `mergeRanges` gives them. Costs a sort
 * of each and one pass over both.
 */
export function subtractRanges(from: Iterable<AddressRange>, take: Iterable<AddressRange>): AddressRange[] {
  const holes = mergeRanges(take);
  const left: AddressRange[] = [];
  let hole = 0;
  for (const range of mergeRanges(from)) {
    while (hole < holes.length && holes[hole]!.last.compare(range.first) < 0) hole++;
    let start: Address | undefined = range.first;
    // A hole that reaches past this range may reach into the next: `hole` stays at it.
    for (; start !== undefined && hole < holes.length && holes[hole]!.overlaps(range); hole++) {
      const { first, last } = holes[hole]!;
      if (first.value > start.value) left.push(AddressRange.of(start, first.plus(-1)));
      if (last.value >= range.last.value) {
        start = undefined;
        break;
      }
      start = last.plus(1);
    }
    if (start !== undefined) left.push(AddressRange.of(start, range.last));
  }
  return left;
}

/** True when `next`, which does not start before `range`, leaves no address between them. */
function touches(range: AddressRange, next: AddressRange): boolean {
  return range.family === next.family && next.first.value <= range.last.value + 1n;
}

function refused(first: Address, last: Address, reason: string): AddressError {
  return new AddressError('an address range', `${first}-${last}`, reason);
}
