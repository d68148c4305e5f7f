/**
 * The report as JUnit XML, for pipelines: a suite for each use case, a test for each piece of evidence. What is missing
 * or could not be tried is skipped: that a row is less than claimed is told by the exit status.
 */
import type { Evidence } from '../kit/index.ts';
import type { CaseReport, GapReport } from './gap-report.ts';
import { markupText } from './markup.ts';

/** A test of a suite, with the markup of what became of it unless it passed. */
interface JunitTest {
  readonly name: string;
  readonly outcome?: 'failure' | 'skipped';
  readonly message?: string;
}

export function renderJunit(report: GapReport): string {
  const suites = report.cases.map((row) => ({ row, tests: testsOf(row) }));
  const all = suites.flatMap(({ tests }) => tests);
  const seconds = report.seconds.toFixed(3);
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="sextant gap ${markupText(report.endpoint)}" ${countsOf(all)} time="${seconds}">
${suites.map(({ row, tests }) => suiteMarkup(row, tests, report.started)).join('\n')}
</testsuites>
`;
}

function testsOf(row: CaseReport): JunitTest[] {
  return [...row.evidence.map(testOf), ...row.missing.map((sentence) => notThere(row, sentence))];
}

const testOf = ({ what, expected, seen, ok }: Evidence): JunitTest =>
  ok ? { name: what } : { name: what, outcome: 'failure', message: `expected ${expected}, saw ${seen}` };

/** A row that is a `no` without any evidence has failed, unless nothing else is claimed. */
function notThere({ verdict, claimed, evidence }: CaseReport, sentence: string): JunitTest {
  const failed = verdict === 'no' && evidence.length === 0 && claimed !== 'no';
  return { name: sentence, outcome: failed ? 'failure' : 'skipped', message: sentence };
}

function suiteMarkup(row: CaseReport, tests: readonly JunitTest[], started: string): string {
  const counts = countsOf(tests);
  return `  <testsuite name="${row.id}" ${counts} time="${row.seconds.toFixed(3)}" timestamp="${markupText(started)}">
    <properties><property name="verdict" value="${row.verdict}"/></properties>
${tests.map((one) => `    ${testMarkup(row, one)}`).join('\n')}
  </testsuite>`;
}

function testMarkup({ id }: CaseReport, { name, outcome, message }: JunitTest): string {
  const head = `<testcase classname="gap.${id}" name="${markupText(name)}"`;
  if (outcome === undefined) return `${head}/>`;
  return `${head}><${outcome} message="${markupText(message ?? '')}"/></testcase>`;
}

function countsOf(tests: readonly JunitTest[]): string {
  const count = (outcome: JunitTest['outcome']): number =>
    tests.filter((one) => one.outcome === outcome).length;
  return `tests="${tests.length}" failures="${count('failure')}" errors="0" skipped="${count('skipped')}"`;
}
