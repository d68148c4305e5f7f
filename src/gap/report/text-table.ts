/** The report for terminals. */

import {
  type CaseReport,
  type GapReport,
  interruptionOf,
  limitsOf,
  remarks,
  score,
  shortfalls,
  tally,
} from './gap-report.ts';
import { openstackHistory } from './openstack-history.ts';
import { onOneLine } from './plain-text.ts';
import { alignedLines, DEFAULT_WIDTH, dashedLines, painter, type TextOptions } from './terminal-text.ts';

const HEADINGS = ['USE CASE', 'VERDICT', 'EVIDENCE', 'SECONDS', 'KILO', 'LIBERTY'] as const;
const VERDICT_COLUMN = 1;

/** A table of the verdicts, and under it what each row lacks. */
export function renderText(report: GapReport, options: TextOptions = {}): string {
  const paint = painter(options);
  const notes = report.cases.flatMap((row) => noteLines(row, options.width ?? DEFAULT_WIDTH));
  const short = shortfalls(report);
  const interruption = interruptionOf(report);
  return [
    ...alignedLines(HEADINGS, report.cases.map(cells), (cell, column, row) =>
      column === VERDICT_COLUMN ? paint(cell, report.cases[row]!.verdict) : cell,
    ),
    '',
    ...(notes.length > 0 ? ['What is missing, failed or is not shown:', ...notes, ''] : []),
    ...short.map(({ id, verdict, claimed }) => paint(`${id}: ${verdict}, claimed ${claimed}`, 'no')),
    ...(interruption === undefined ? [] : [paint(interruption, 'no')]),
    onOneLine(`${tally(report)} in ${report.seconds.toFixed(0)} s at ${report.endpoint} (${report.engine})`),
    '',
  ].join('\n');
}

function cells(row: CaseReport): string[] {
  const past = openstackHistory[row.id];
  const seconds = row.evidence.length === 0 ? '-' : row.seconds.toFixed(1);
  return [row.id, row.verdict, score(row), seconds, past.kilo, past.liberty];
}

function noteLines(row: CaseReport, width: number): string[] {
  const items = dashedLines([...remarks(row), ...limitsOf(row)], width);
  return items.length > 0 ? [row.id, ...items] : [];
}
