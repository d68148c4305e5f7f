/** What tempest says of its tests, and what is expected of them. Pure. */

export type TestOutcome = 'ok' | 'FAILED';

/** Tests that fail, by what is in their name, with the reason: what Sextant does otherwise on purpose, or not at all. */
export const KNOWN_FAILURES: Readonly<Record<string, string>> = {
  test_create_security_group_rule_with_invalid_ports:
    'The message says which attribute is wrong, in other words.',
  test_create_security_group_rule_with_non_existent_remote_groupid:
    'A remote_group_id that is no UUID is 400, as any attribute that is none.',
};

/** The outcome of each test that was run, by its name; of those that were skipped tempest tells in ways of its own. */
export function outcomesIn(output: string): Map<string, TestOutcome> {
  const lines = output.matchAll(/^\{\d+\} (.+?) \[[\d.]+s\] \.\.\. (ok|FAILED)/gm);
  return new Map(Array.from(lines, ([, name = '', outcome]) => [name, outcome as TestOutcome]));
}

/**
 * Compares outcomes with what is expected.
 * @returns a line for each test that fails and is not to, or passes and is not to; none when all is as it should be
 */
export function differencesFrom(
  known: Readonly<Record<string, string>>,
  outcomes: ReadonlyMap<string, TestOutcome>,
): string[] {
  const isKnown = (name: string) => Object.keys(known).some((end) => name.includes(end));
  return [...outcomes].flatMap(([name, outcome]) => {
    if (outcome === 'FAILED' && !isKnown(name)) return [`fails: ${name}`];
    if (outcome === 'ok' && isKnown(name)) return [`passes, though it is said to fail: ${name}`];
    return [];
  });
}
