/** Two reports side by side: two clouds, or one before and after an upgrade. Pure. */
import { type CaseVerdict, fallsShort } from '../../kit/index.ts';
import type { KeptCase, KeptEvidence, KeptReport } from '../parse-report.ts';

/**
 * What became of a row from A to B. `other`: the verdict is the same, the evidence is not. `only in` one of them:
 * nothing is known of it in the other.
 */
export type CaseChange = 'worse' | 'better' | 'other' | 'same' | 'only in A' | 'only in B';

/** In the order in which they are shown. */
const CHANGES: readonly CaseChange[] = ['worse', 'better', 'other', 'only in A', 'only in B', 'same'];

/** What was seen of one thing; null where it was not tried. */
export interface EvidencePair {
  readonly what: string;
  readonly a: KeptOutcome | null;
  readonly b: KeptOutcome | null;
}

export type KeptOutcome = Omit<KeptEvidence, 'what'>;

export interface ComparedCase {
  readonly id: string;
  readonly title: string;
  readonly change: CaseChange;
  readonly a: CaseVerdict | null;
  readonly b: CaseVerdict | null;
  /** Evidence that is as expected in one of them alone. */
  readonly evidence: readonly EvidencePair[];
  /** Sentences that one of them has alone. */
  readonly missing: { readonly a: readonly string[]; readonly b: readonly string[] };
}

/** The member names are a contract with scripts. */
export interface ReportComparison {
  readonly version: 1;
  readonly a: ComparedRun;
  readonly b: ComparedRun;
  /** Whether anything is worse in B. */
  readonly worse: boolean;
  /** Differences first. */
  readonly cases: readonly ComparedCase[];
}

export type ComparedRun = Omit<KeptReport, 'cases'>;

export function compareReports(a: KeptReport, b: KeptReport): ReportComparison {
  const ids = [...new Set([...a.cases, ...b.cases].map(({ id }) => id))];
  const named = ({ cases }: KeptReport, id: string): KeptCase | undefined =>
    cases.find((row) => row.id === id);
  const cases = ids
    .map((id) => compareCases(named(a, id), named(b, id)))
    .sort((one, other) => CHANGES.indexOf(one.change) - CHANGES.indexOf(other.change));
  return {
    version: 1,
    a: runOf(a),
    b: runOf(b),
    worse: cases.some(({ change }) => change === 'worse'),
    cases,
  };
}

const runOf = ({ endpoint, engine, started }: KeptReport): ComparedRun => ({ endpoint, engine, started });

function compareCases(a: KeptCase | undefined, b: KeptCase | undefined): ComparedCase {
  const { id, title } = (b ?? a)!;
  const pairs = a && b ? pairsOf(a.evidence, b.evidence) : [];
  const evidence = pairs.filter((pair) => pair.a?.ok !== pair.b?.ok);
  const missing =
    a && b ? { a: without(a.missing, b.missing), b: without(b.missing, a.missing) } : { a: [], b: [] };
  return {
    id,
    title,
    change: changeOf(a, b, { evidence, missing }),
    a: a?.verdict ?? null,
    b: b?.verdict ?? null,
    evidence,
    missing,
  };
}

/** Verdicts decide; where they are the same, evidence that failed in B and did not in A makes it worse. */
function changeOf(
  a: KeptCase | undefined,
  b: KeptCase | undefined,
  { evidence, missing }: Pick<ComparedCase, 'evidence' | 'missing'>,
): CaseChange {
  if (a === undefined) return 'only in B';
  if (b === undefined) return 'only in A';
  if (fallsShort(b.verdict, a.verdict)) return 'worse';
  if (fallsShort(a.verdict, b.verdict)) return 'better';
  if (evidence.some((pair) => pair.a?.ok && pair.b?.ok === false)) return 'worse';
  if (evidence.some((pair) => pair.a?.ok === false && pair.b?.ok)) return 'better';
  const differs = a.verdict !== b.verdict || evidence.length > 0 || missing.a.length + missing.b.length > 0;
  return differs ? 'other' : 'same';
}

/** Evidence of the same thing together, in the order of B; what was tried several times under one name, in turn. */
function pairsOf(a: readonly KeptEvidence[], b: readonly KeptEvidence[]): EvidencePair[] {
  const rest = Map.groupBy(a, nameInAnyRun);
  const pairs = b.map((item) => {
    return { what: item.what, a: outcomeOf(rest.get(nameInAnyRun(item))?.shift()), b: outcomeOf(item) };
  });
  const gone = [...rest.values()].flat().map((item) => ({ what: item.what, a: outcomeOf(item), b: null }));
  return [...pairs, ...gone];
}

/** MAC addresses, and the interface identifiers that are made from them (RFC 4291 appendix A): others in each run. */
const MAC_BASED = /(?:[\da-f]{2}:){5}[\da-f]{2}|[\da-f]{1,4}:[\da-f]{0,2}ff:fe[\da-f]{2}:[\da-f]{1,4}/g;

const nameInAnyRun = ({ what }: KeptEvidence): string => what.replace(MAC_BASED, '*');

function outcomeOf(evidence: KeptEvidence | undefined): KeptOutcome | null {
  if (evidence === undefined) return null;
  const { what, ...outcome } = evidence;
  return outcome;
}

const without = (sentences: readonly string[], others: readonly string[]): string[] =>
  sentences.filter((sentence) => !others.includes(sentence));
