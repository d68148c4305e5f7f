/** Any character of Unicode, for property tests. */
import fc from 'fast-check';

/**
 * As fast-check's unit `binary`, which takes seconds to make a table of all of them, where this needs none. It can be
 * read back, so that strings of it are now and then those that fast-check knows to be dangerous, such as `__proto__`.
 */
export const characters: fc.Arbitrary<string> = fc
  .nat(0x10_ffff)
  .filter((codePoint) => codePoint < 0xd800 || codePoint > 0xdfff)
  .map(
    (codePoint) => String.fromCodePoint(codePoint),
    (character) => (typeof character === 'string' ? character.codePointAt(0)! : Number.NaN),
  );
