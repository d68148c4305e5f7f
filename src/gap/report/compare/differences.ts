/** A comparison in words, which every format says alike. */
import type { ComparedCase, EvidencePair, KeptOutcome, ReportComparison } from './compare-reports.ts';

/** The rows of which there is more to say than that they are the same. */
export const differing = ({ cases }: ReportComparison): ComparedCase[] =>
  cases.filter(({ change }) => change !== 'same');

/** What differs in a row: sentences. */
export const differencesIn = ({ evidence, missing }: ComparedCase): string[] => [
  ...evidence.map(({ what, a, b }: EvidencePair) => `${what}: A ${outcomeText(a)}; B ${outcomeText(b)}`),
  ...missing.a.map((sentence) => `In A alone: ${sentence}`),
  ...missing.b.map((sentence) => `In B alone: ${sentence}`),
];

function outcomeText(outcome: KeptOutcome | null): string {
  if (outcome === null) return 'did not try it';
  return outcome.ok ? `saw ${outcome.seen}` : `saw ${outcome.seen} (expected ${outcome.expected})`;
}

/** All changes in a line: `1 worse, 20 same`. */
export function changeTally({ cases }: ReportComparison): string {
  const counts = Map.groupBy(cases, ({ change }) => change);
  return Array.from(counts, ([change, rows]) => `${rows.length} ${change}`).join(', ') || 'no use case';
}
