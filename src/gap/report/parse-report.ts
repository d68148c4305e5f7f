/** Reads a report that was kept as JSON, by this release or another; from anywhere, so that nothing of it is believed. */
import type { CaseVerdict } from '../kit/index.ts';
import { REPORT_VERSION } from './gap-report.ts';

/** A report that cannot be read, with the reason. */
export class ReportError extends Error {
  override readonly name = 'ReportError';
}

/** Of evidence, what reports are compared by. */
export interface KeptEvidence {
  readonly what: string;
  readonly expected: string;
  readonly seen: string;
  readonly ok: boolean;
}

/** Of a row. Other releases may have use cases that this one has not. */
export interface KeptCase {
  readonly id: string;
  readonly title: string;
  readonly verdict: CaseVerdict;
  readonly missing: readonly string[];
  readonly evidence: readonly KeptEvidence[];
}

/** Of a report. */
export interface KeptReport {
  readonly endpoint: string;
  readonly engine: string;
  readonly started: string;
  /** Those that were tried to their end. */
  readonly cases: readonly KeptCase[];
}

type Members = Readonly<Record<string, unknown>>;

const VERDICTS: readonly string[] = ['yes', 'partial', 'no', 'unverified'] satisfies CaseVerdict[];

/**
 * @param text JSON
 * @throws ReportError
 */
export function parseReport(text: string): KeptReport {
  const report = object(parseJson(text), 'it');
  if (report.version !== REPORT_VERSION) {
    throw new ReportError(
      report.version === undefined
        ? 'it is no report of "sextant gap --format json", or one of an older release'
        : `it has the version ${JSON.stringify(report.version)}, where this release reads ${REPORT_VERSION}`,
    );
  }
  const unfinished = report.unfinished === undefined ? [] : list(report, 'unfinished');
  return {
    endpoint: string(report, 'endpoint'),
    engine: string(report, 'engine'),
    started: string(report, 'started'),
    cases: distinct(
      list(report, 'cases').map((row, index) => parseCase(object(row, `cases[${index}]`))),
    ).filter(({ id }) => !unfinished.includes(id)),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ReportError(`it is no JSON: ${(error as Error).message}`);
  }
}

function parseCase(row: Members): KeptCase {
  const verdict = string(row, 'verdict');
  if (!VERDICTS.includes(verdict)) throw new ReportError(`${JSON.stringify(verdict)} is no verdict`);
  return {
    id: string(row, 'id'),
    title: string(row, 'title'),
    verdict: verdict as CaseVerdict,
    missing: list(row, 'missing').map((sentence) => {
      if (typeof sentence === 'string') return sentence;
      throw new ReportError('"missing" has something that is no text');
    }),
    evidence: list(row, 'evidence').map((item, index) => parseEvidence(object(item, `evidence[${index}]`))),
  };
}

function parseEvidence(item: Members): KeptEvidence {
  if (typeof item.ok !== 'boolean') throw new ReportError('"ok" is neither true nor false');
  const [what, expected, seen] = [string(item, 'what'), string(item, 'expected'), string(item, 'seen')];
  return { what, expected, seen, ok: item.ok };
}

function distinct(cases: readonly KeptCase[]): readonly KeptCase[] {
  const twice = cases.find(({ id }, index) => cases.findIndex((other) => other.id === id) < index);
  if (twice !== undefined) throw new ReportError(`it has the use case ${JSON.stringify(twice.id)} twice`);
  return cases;
}

function object(value: unknown, what: string): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
  throw new ReportError(`${what} is no object`);
}

function string(members: Members, name: string): string {
  const value = members[name];
  if (typeof value === 'string') return value;
  throw new ReportError(`"${name}" is no text`);
}

function list(members: Members, name: string): readonly unknown[] {
  const value = members[name];
  if (Array.isArray(value)) return value;
  throw new ReportError(`"${name}" is no list`);
}
