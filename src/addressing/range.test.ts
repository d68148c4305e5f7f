import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address } from './address.ts';
import { AddressError } from './error.ts';
import { AddressRange, mergeRanges, subtractRanges } from './range.ts';

/** Ranges within 64 addresses of one family, so that a set of numbers can be the oracle. */
const smallRange = fc
  .tuple(fc.constantFrom(4 as const, 6 as const), fc.nat(63), fc.nat(20))
  .map(([family, start, more]) =>
    AddressRange.of(
      Address.of(family, BigInt(start)),
      Address.of(family, BigInt(Math.min(start + more, 63))),
    ),
  );
const smallRanges = fc.array(smallRange, { maxLength: 12 });

function members(ranges: AddressRange[]): Set<string> {
  const keys = new Set<string>();
  for (const range of ranges) {
    for (let value = range.first.value; value <= range.last.value; value++) {
      keys.add(Address.of(range.family, value).sortKey);
    }
  }
  return keys;
}

function assertCanonical(ranges: AddressRange[]): void {
  for (const [index, range] of ranges.entries()) {
    const previous = ranges[index - 1];
    if (previous === undefined) continue;
    assert.ok(previous.last.compare(range.first) < 0);
    if (previous.family === range.family) assert.ok(range.first.value - previous.last.value > 1n);
  }
}

const range = (first: string, last: string) => AddressRange.of(Address.parse(first), Address.parse(last));

test('a range holds its ends and what is between', () => {
  const pool = range('2001:db8::10', '2001:db8::20');
  assert.equal(pool.size, 17n);
  assert.ok(pool.contains(pool.first) && pool.contains(pool.last));
  assert.ok(!pool.contains(pool.first.plus(-1)) && !pool.contains(pool.last.plus(1)));
  assert.ok(!pool.contains(Address.of(4, 0x10n)));
  assert.equal(String(pool), '2001:db8::10-2001:db8::20');
  assert.equal(JSON.stringify(pool), '"2001:db8::10-2001:db8::20"');
});

test('reversed and mixed ends are refused', () => {
  assert.throws(() => range('::2', '::1'), AddressError);
  assert.throws(() => range('10.0.0.1', '::ffff'), AddressError);
});

test('overlaps and covers', () => {
  fc.assert(
    fc.property(smallRange, smallRange, (a, b) => {
      const inA = members([a]);
      const inB = members([b]);
      assert.equal(a.overlaps(b), !inA.isDisjointFrom(inB));
      assert.equal(a.covers(b), inB.isSubsetOf(inA));
      assert.equal(a.equals(b), inA.size === inB.size && inB.isSubsetOf(inA));
    }),
  );
});

test('merging keeps the addresses and leaves no two ranges that touch', () => {
  fc.assert(
    fc.property(smallRanges, (ranges) => {
      const merged = mergeRanges(ranges);
      assert.deepEqual(members(merged), members(ranges));
      assertCanonical(merged);
    }),
  );
});

test('subtracting leaves exactly the addresses that are not taken', () => {
  fc.assert(
    fc.property(smallRanges, smallRanges, (from, take) => {
      const left = subtractRanges(from, take);
      assert.deepEqual(members(left), members(from).difference(members(take)));
      assertCanonical(left);
    }),
  );
});

test('subtracting reaches the last address of a family', () => {
  const all = range('::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff');
  assert.deepEqual(subtractRanges([all], [all]), []);
  const half = range('8000::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff');
  assert.deepEqual(subtractRanges([all], [half]).map(String), ['::-7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff']);
});
