/** What a run of the gap analysis found: what every format shows. The member names are a contract with scripts. */

import { type CaseVerdict, type Evidence, fallsShort, type Topology } from '../kit/index.ts';
import type { UseCaseId } from '../use-cases/registry.ts';

/** Of the report as JSON: another when scripts that read it would have to be changed. */
export const REPORT_VERSION = 1;

export interface CaseReport {
  readonly id: UseCaseId;
  readonly title: string;
  readonly verdict: CaseVerdict;
  /** What the endpoint claims; absent when nothing is known of it. */
  readonly claimed?: CaseVerdict;
  /** What keeps the verdict from being better beside evidence that failed: sentences. */
  readonly missing: readonly string[];
  /** Of these: what could not be tried on this machine, so that nothing is known of it. */
  readonly untried: readonly string[];
  /** What its evidence cannot show where it was tried: sentences. */
  readonly limits: readonly string[];
  /** On what it was tried; absent when nothing was made for it. */
  readonly topology?: Topology;
  readonly evidence: readonly Evidence[];
  readonly seconds: number;
}

export interface GapReport {
  readonly version: typeof REPORT_VERSION;
  /** URL of the API. */
  readonly endpoint: string;
  /** What is behind it, as far as known. */
  readonly engine: string;
  /** When the run began (ISO 8601). */
  readonly started: string;
  /** How long it took. */
  readonly seconds: number;
  readonly cases: readonly CaseReport[];
  /**
   * What an interruption kept from being tried to its end; absent when nothing did. Of these, what was begun has a row, as
   * far as it came.
   */
  readonly unfinished?: readonly UseCaseId[];
}

/** That a report is not whole, as every format says it; undefined when it is. */
export const interruptionOf = ({ unfinished }: GapReport): string | undefined =>
  unfinished && `Incomplete: the run was interrupted. Not tried to the end: ${unfinished.join(', ')}.`;

/** The rows that are less than the endpoint claims; not those of which only some could not be tried on this machine. */
export const shortfalls = ({ cases }: GapReport): CaseReport[] =>
  cases.filter(({ verdict, claimed, untried, evidence }) => {
    if (claimed === undefined || !fallsShort(verdict, claimed)) return false;
    return !(verdict === 'partial' && untried.length > 0 && evidence.every(({ ok }) => ok));
  });

/** How much of a row's evidence is as expected: `11/12`; `-` when there is none. */
export function score({ evidence }: CaseReport): string {
  if (evidence.length === 0) return '-';
  return `${evidence.filter(({ ok }) => ok).length}/${evidence.length}`;
}

/** Why a row is not `yes`: the evidence that failed, then what is missing. */
export const remarks = ({ evidence, missing }: CaseReport): string[] => [
  ...evidence
    .filter(({ ok }) => !ok)
    .map(({ what, expected, seen }) => `${what}: expected ${expected}, saw ${seen}`),
  ...missing,
];

/** What the evidence of a row cannot show, as one would say it there. */
export const limitsOf = ({ limits }: CaseReport): string[] => limits.map((limit) => `Not shown: ${limit}`);

/** All verdicts in a line: `3 yes, 2 partial, 1 no`. */
export function tally({ cases }: GapReport): string {
  const verdicts: readonly CaseVerdict[] = ['yes', 'partial', 'no', 'unverified'];
  return verdicts
    .map((verdict) => [cases.filter((row) => row.verdict === verdict).length, verdict] as const)
    .filter(([count]) => count > 0)
    .map(([count, verdict]) => `${count} ${verdict}`)
    .join(', ');
}
