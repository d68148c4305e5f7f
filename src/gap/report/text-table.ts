/** The report for terminals. */

import type { CaseVerdict } from '../kit/index.ts';
import {
  type CaseReport,
  type GapReport,
  limitsOf,
  remarks,
  score,
  shortfalls,
  tally,
} from './gap-report.ts';
import { openstackHistory } from './openstack-history.ts';

export interface TextOptions {
  /** Colours by ANSI escape sequences. */
  readonly color?: boolean;
  /** Columns of the terminal; 100 when left out. */
  readonly width?: number;
}

const HEADINGS = ['USE CASE', 'VERDICT', 'EVIDENCE', 'SECONDS', 'KILO', 'LIBERTY'] as const;
const VERDICT_COLUMN = 1;
const DEFAULT_WIDTH = 100;

/** ANSI colour numbers: green, yellow, red, grey. */
const COLORS: Record<CaseVerdict, number> = { yes: 32, partial: 33, no: 31, unverified: 90 };

/** A table of the verdicts, and under it what each row lacks. */
export function renderText(
  report: GapReport,
  { color = false, width = DEFAULT_WIDTH }: TextOptions = {},
): string {
  const paint = (text: string, verdict: CaseVerdict): string =>
    color ? `\u001b[${COLORS[verdict]}m${text}\u001b[0m` : text;
  const rows = report.cases.map(cells);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (row: readonly string[], verdict?: CaseVerdict): string =>
    row
      .map((cell, column) => {
        const padded = cell.padEnd(widths[column]!);
        return column === VERDICT_COLUMN && verdict ? paint(padded, verdict) : padded;
      })
      .join('  ')
      .trimEnd();
  const notes = report.cases.flatMap((row) => noteLines(row, width));
  const short = shortfalls(report);
  return [
    line(HEADINGS),
    ...rows.map((row, index) => line(row, report.cases[index]!.verdict)),
    '',
    ...(notes.length > 0 ? ['What is missing, failed or is not shown:', ...notes, ''] : []),
    ...short.map(({ id, verdict, claimed }) => paint(`${id}: ${verdict}, claimed ${claimed}`, 'no')),
    `${tally(report)} in ${report.seconds.toFixed(0)} s at ${report.endpoint} (${report.engine})`,
    '',
  ].join('\n');
}

function cells(row: CaseReport): string[] {
  const past = openstackHistory[row.id];
  const seconds = row.evidence.length === 0 ? '-' : row.seconds.toFixed(1);
  return [row.id, row.verdict, score(row), seconds, past.kilo, past.liberty];
}

function noteLines(row: CaseReport, width: number): string[] {
  const items = [...remarks(row), ...limitsOf(row)].flatMap((remark) =>
    wrap(remark, width - 4).map((text, index) => `  ${index === 0 ? '- ' : '  '}${text}`),
  );
  return items.length > 0 ? [row.id, ...items] : [];
}

/** Breaks a sentence into lines of at most `width` characters, between words. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
