import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Address } from './address.ts';
import { Prefix } from './prefix.ts';
import { mergePrefixes, prefixesOf, subtractPrefixes } from './prefix-set.ts';
import { AddressRange, mergeRanges } from './range.ts';

const texts = (prefixes: readonly Prefix[]): string[] => prefixes.map(String);
const all = (...given: string[]): Prefix[] => given.map((text) => Prefix.parse(text));

/** Prefixes of a few neighbours, so that they meet. */
const prefixes = fc.array(
  fc
    .record({ low: fc.integer({ min: 0, max: 255 }), length: fc.integer({ min: 120, max: 128 }) })
    .map(({ low, length }) => Prefix.of(Address.of(6, (0xfd00n << 112n) | BigInt(low)), length)),
  { minLength: 1, maxLength: 12 },
);

describe('sets of prefixes', () => {
  it('merge halves, and leave out what another covers', () => {
    assert.deepEqual(texts(mergePrefixes(all('fd00::/64', 'fd00:0:0:1::/64', 'fd00::/80'))), ['fd00::/63']);
  });
  it('have halves of prefixes that are taken', () => {
    assert.deepEqual(texts(subtractPrefixes(all('fd00::/62'), all('fd00:0:0:1::/64'))), [
      'fd00::/64',
      'fd00:0:0:2::/63',
    ]);
  });
  it('reach to the last address there is', () => {
    assert.deepEqual(texts(prefixesOf(Prefix.parse('::/0').range)), ['::/0']);
    assert.deepEqual(texts(prefixesOf(Prefix.parse('255.255.255.254/31').range)), ['255.255.255.254/31']);
  });
  it('cover exactly a range, with no two that could be one', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 5000n }), fc.bigInt({ min: 0n, max: 5000n }), (one, other) => {
        const [first, last] = one < other ? [one, other] : [other, one];
        const range = AddressRange.of(Address.of(4, first), Address.of(4, last));
        const cover = prefixesOf(range);
        assert.deepEqual(mergeRanges(cover.map((prefix) => prefix.range)), [range]);
        assert.equal(
          cover.reduce((sum, { size }) => sum + size, 0n),
          range.size,
        );
        for (const prefix of cover) assert.ok(!cover.some((two) => prefix.sibling?.equals(two)));
      }),
    );
  });
  it('come back when what was taken is put back', () => {
    fc.assert(
      fc.property(prefixes, prefixes, (from, take) => {
        const rest = subtractPrefixes(from, take);
        assert.ok(!rest.some((one) => take.some((taken) => taken.overlaps(one))));
        assert.deepEqual(
          texts(mergePrefixes([...rest, ...take, ...from])),
          texts(mergePrefixes([...from, ...take])),
        );
      }),
    );
  });
  it('know parents and siblings', () => {
    const prefix = Prefix.parse('fd00:0:0:1::/64');
    assert.equal(String(prefix.sibling), 'fd00::/64');
    assert.equal(String(prefix.parent), 'fd00::/63');
    assert.equal(Prefix.parse('::/0').sibling, undefined);
  });
});
