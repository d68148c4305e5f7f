/** What tempest says of its tests, and what is expected of them. Pure. */

export type TestOutcome = 'ok' | 'FAILED';

/**
 * The outcome of each test that was run, by its name, and of what makes ready for the tests of a class; of those that
 * were skipped tempest tells in ways of its own.
 */
export function outcomesIn(output: string): Map<string, TestOutcome> {
  const lines = output.matchAll(/^\{\d+\} (.+?) \[[\d.]+s\] \.\.\. (ok|FAILED)/gm);
  return new Map(Array.from(lines, ([, name = '', outcome]) => [name, outcome as TestOutcome]));
}

/** How many tests and classes of tests were skipped. */
export const skippedIn = (output: string): number =>
  output.match(/^\{\d+\} .+ \.\.\. SKIPPED/gm)?.length ?? 0;

/**
 * Compares outcomes with what is expected.
 * @param known tests that fail, by regular expressions
 * @returns a line for each test that fails and is not to, or passes and is not to; none when all is as it should be
 */
export function differencesFrom(
  known: readonly string[],
  outcomes: ReadonlyMap<string, TestOutcome>,
): string[] {
  const patterns = known.map((pattern) => new RegExp(pattern));
  const isKnown = (name: string) => patterns.some((pattern) => pattern.test(name));
  return [...outcomes].flatMap(([name, outcome]) => {
    if (outcome === 'FAILED' && !isKnown(name)) return [`fails: ${name}`];
    if (outcome === 'ok' && isKnown(name)) return [`passes, though it is said to fail: ${name}`];
    return [];
  });
}
