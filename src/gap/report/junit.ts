/**
 * The report as JUnit XML, for pipelines: a suite for each use case, a test for each piece of evidence. What is missing
 * or could not be tried is skipped: that a row is less than claimed is told by the exit status.
 */
import type { Evidence } from '../kit/index.ts';
import { type CaseReport, type GapReport, interruptionOf } from './gap-report.ts';
import { markupText } from './markup.ts';

/** A test of a suite, with the markup of what became of it unless it passed. */
interface JunitTest {
  readonly name: string;
  readonly outcome?: 'failure' | 'error' | 'skipped';
  readonly message?: string;
}

interface JunitSuite {
  readonly id: string;
  readonly seconds: number;
  readonly tests: readonly JunitTest[];
  /** When the run began. */
  readonly started: string;
  /** Markup. */
  readonly properties: string;
}

/** The test that fails when a run was interrupted. */
const WHOLE_RUN = 'the run comes to its end';

export function renderJunit(report: GapReport): string {
  const suites = report.cases.map((row) => ({ row, tests: testsOf(row) }));
  const interruption = interruptionOf(report);
  const run: JunitTest[] =
    interruption === undefined ? [] : [{ name: WHOLE_RUN, outcome: 'error', message: interruption }];
  const all = [...run, ...suites.flatMap(({ tests }) => tests)];
  const seconds = report.seconds.toFixed(3);
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="sextant gap ${markupText(report.endpoint)}" ${countsOf(all)} time="${seconds}">
${[...runMarkup(run, report.started), ...suites.map(({ row, tests }) => rowMarkup(row, tests, report.started))].join('\n')}
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

/** A suite that is there when the run was not whole: nothing that failed or was skipped tells of that. */
const runMarkup = (tests: readonly JunitTest[], started: string): string[] =>
  tests.length === 0 ? [] : [suiteMarkup({ id: 'run', seconds: 0, tests, started, properties: '' })];

const rowMarkup = (
  { id, seconds, verdict }: CaseReport,
  tests: readonly JunitTest[],
  started: string,
): string =>
  suiteMarkup({
    id,
    seconds,
    tests,
    started,
    properties: `\n    <properties><property name="verdict" value="${verdict}"/></properties>`,
  });

function suiteMarkup({ id, seconds, tests, started, properties }: JunitSuite): string {
  const counts = countsOf(tests);
  return `  <testsuite name="${id}" ${counts} time="${seconds.toFixed(3)}" timestamp="${markupText(started)}">${properties}
${tests.map((one) => `    ${testMarkup(id, one)}`).join('\n')}
  </testsuite>`;
}

function testMarkup(id: string, { name, outcome, message }: JunitTest): string {
  const head = `<testcase classname="gap.${id}" name="${markupText(name)}"`;
  if (outcome === undefined) return `${head}/>`;
  return `${head}><${outcome} message="${markupText(message ?? '')}"/></testcase>`;
}

function countsOf(tests: readonly JunitTest[]): string {
  const count = (outcome: JunitTest['outcome']): number =>
    tests.filter((one) => one.outcome === outcome).length;
  return `tests="${tests.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
}
