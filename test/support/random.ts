/** Chance that can be had again: what one run of a test found, the next does with the same seed. */

/** `SEXTANT_SEED`, or another one each time. */
export const SEED = Number(process.env.SEXTANT_SEED ?? Date.now() % 1_000_000);

export interface Random {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  oneOf<T>(list: readonly T[]): T;
}

/** Choices that depend on the seed alone (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed;
  const number = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(number() * limit);
  return { below, oneOf: (list) => list[below(list.length)]! };
}
