/**
 * Flows that add a number to the word behind a prefix, in one's complement (RFC 6296 section 3.4). Switches cannot add: a
 * first table decides whether the sum is more than a word holds, so that one more is to be added, four others add four
 * bits each. What it comes to is the same for all subnets, and no flow knows of any. Pure.
 */
import { ADJUSTED_AT } from '../../addressing/index.ts';
import type { AddressBits, Flow, Match } from '../../openflow/index.ts';

const WORD_BITS = 16;
const PART_BITS = 4;
const PARTS = WORD_BITS / PART_BITS;
const PART_VALUES = 1 << PART_BITS;
const ALL_ONES = 0xffff;
/** How far from its right end an address has the word. */
const SHIFT = 128 - ADJUSTED_AT - WORD_BITS;

/** Tables that adding takes. */
export const ADDING_TABLES = 1 + PARTS;

/** What is added, where, and to packets of what. */
export interface Addition {
  /** Which flows are of it, beside its step. */
  readonly match: Match;
  readonly of: AddressBits['of'];
  /** Its number, twice, is the step with which packets come in, of which it has the next one, too. */
  readonly index: number;
  /** 1 to 0xfffe. */
  readonly amount: number;
  /** The first of its tables. */
  readonly table: number;
  /** Where packets go on. */
  readonly next: number;
}

const bits = (of: AddressBits['of'], value: number, mask: number, shift = 0): AddressBits => ({
  of,
  value: BigInt(value) << BigInt(SHIFT + shift),
  mask: BigInt(mask) << BigInt(SHIFT + shift),
});

export const additionRules = (addition: Addition): Flow[] => [
  ...carrying(addition),
  ...Array.from({ length: PARTS }, (_, part) => adding(addition, part)).flat(),
];

/** Whether more than a word holds comes out, and what is neither of the two. */
function carrying({ match, of, index, amount, table, next }: Addition): Flow[] {
  const step = 2 * index;
  const word = (value: number, mask = ALL_ONES): Match => ({
    ...match,
    step,
    ipv6Bits: bits(of, value, mask),
  });
  return [
    // No subnet has this number (section 3.4).
    { table, priority: 40, match: word(ALL_ONES), verdict: { drop: true } },
    // Nor is it to come out: it is another way to write zero.
    {
      table,
      priority: 30,
      match: word(ALL_ONES - amount),
      verdict: { ipv6: bits(of, 0, ALL_ONES), continueIn: next },
    },
    ...aligned(ALL_ONES + 1 - amount).map(
      ({ value, mask }): Flow => ({
        ...{ table, priority: 20, match: word(value, mask) },
        verdict: { step: step + 1, continueIn: table + 1 },
      }),
    ),
    { table, priority: 10, match: { ...match, step }, verdict: { continueIn: table + 1 } },
  ];
}

/** The words from one on to the last, as values of some of their first bits. */
function aligned(from: number): { value: number; mask: number }[] {
  const found = [];
  for (let at = from; at <= ALL_ONES; ) {
    const size = at & -at;
    found.push({ value: at, mask: ALL_ONES & -size });
    at += size;
  }
  return found;
}

/** Adds to one part of the word, the last part first. */
function adding({ match, of, index, amount, table, next }: Addition, part: number): Flow[] {
  const [own, shift] = [table + 1 + part, part * PART_BITS];
  const plus = (amount >> shift) & (PART_VALUES - 1);
  return [0, 1].flatMap((carry) =>
    Array.from({ length: PART_VALUES }, (_, value): Flow => {
      const sum = value + plus + carry;
      return {
        table: own,
        priority: 10,
        match: {
          ...match,
          step: 2 * index + carry,
          ipv6Bits: bits(of, value, PART_VALUES - 1, shift),
        },
        verdict: {
          ipv6: bits(of, sum % PART_VALUES, PART_VALUES - 1, shift),
          step: 2 * index + (sum >= PART_VALUES ? 1 : 0),
          continueIn: part === PARTS - 1 ? next : own + 1,
        },
      };
    }),
  );
}
