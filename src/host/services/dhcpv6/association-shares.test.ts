import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Address, Prefix } from '../../../addressing/index.ts';
import { shareOut } from './association-shares.ts';

const prefix = Prefix.parse('fd00:1::/64');
const [a, b, c, d] = [prefix.at(1n), prefix.at(2n), prefix.at(3n), prefix.at(4n)];
const foreign = prefix.at(99n);

const association = (iaid: number, named: readonly Address[]) => ({
  iaid,
  names: (address: Address) => named.some((one) => one.equals(address)),
});

const cases: [
  name: string,
  holdings: Address[],
  associations: [iaid: number, ...named: Address[]][],
  shares: Address[][],
][] = [
  ['one association gets all', [a, b], [[7]], [[a, b]]],
  ['two get one each, by IAID', [a, b], [[9], [0]], [[b], [a]]],
  ['what is left goes round', [a, b, c, d], [[1], [2], [3]], [[a, d], [b], [c]]],
  ['who names an address gets it', [a, b], [[1, b], [2]], [[b], [a]]],
  [
    'what two name, the lower IAID gets',
    [a, b],
    [
      [2, a],
      [1, a],
    ],
    [[b], [a]],
  ],
  ['what is not the port is not given', [a], [[1, foreign]], [[a]]],
  ['there may not be enough', [a], [[1], [2]], [[a], []]],
  ['the same IAID twice', [a, b], [[1], [1]], [[a], [b]]],
  ['nothing to give', [], [[1, a]], [[]]],
  ['nobody asks', [a], [], []],
];

for (const [name, holdings, associations, shares] of cases) {
  test(name, () => {
    const asked = associations.map(([iaid, ...named]) => association(iaid, named));
    assert.deepEqual(shareOut(holdings, asked), shares);
  });
}

test('each holding is dealt once, if anybody asks, and asking again for one’s share gives it', () => {
  const some = fc.uniqueArray(fc.bigInt({ min: 1n, max: 9n }), { maxLength: 9 });
  const addresses = some.map((offsets) => offsets.map((offset) => prefix.at(offset)));
  const asked = fc.array(
    fc.tuple(fc.nat(9), addresses).map(([iaid, named]) => association(iaid, named)),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(addresses, asked, (holdings, associations) => {
      const shares = shareOut(holdings, associations);
      assert.deepEqual(shares.flat().map(String).toSorted(), holdings.map(String).toSorted());
      const again = shareOut(
        holdings,
        associations.map(({ iaid }, index) => association(iaid, shares[index]!)),
      );
      // Shares that nothing was named for may be dealt differently only if they were empty.
      assert.deepEqual(again.flat().map(String).toSorted(), holdings.map(String).toSorted());
      for (const [index, share] of shares.entries())
        for (const one of share) assert(again[index]!.some((other) => other.equals(one)));
    }),
  );
});
