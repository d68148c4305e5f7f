/** A comparison in any of its formats. */
import { markdownCell, markdownRow } from '../markdown.ts';
import { onOneLine } from '../plain-text.ts';
import { alignedLines, DEFAULT_WIDTH, dashedLines, painter, type TextOptions } from '../terminal-text.ts';
import type { ComparedRun, ReportComparison } from './compare-reports.ts';
import { renderComparisonPage } from './comparison-page.ts';
import { changeTally, differencesIn, differing } from './differences.ts';

export const COMPARISON_FORMATS = ['table', 'json', 'md', 'html'] as const;
export type ComparisonFormat = (typeof COMPARISON_FORMATS)[number];

const HEADINGS = ['USE CASE', 'A', 'B', 'CHANGE'] as const;
const COLUMNS = { a: 1, b: 2, change: 3 } as const;

/** The comparison as text, with a line break at its end. `options` are for `table`. */
export function renderComparison(
  comparison: ReportComparison,
  format: ComparisonFormat,
  options: TextOptions = {},
): string {
  switch (format) {
    case 'table':
      return asText(comparison, options);
    case 'json':
      return `${JSON.stringify(comparison, null, 2)}\n`;
    case 'md':
      return asMarkdown(comparison);
    case 'html':
      return renderComparisonPage(comparison);
  }
}

const runText = ({ endpoint, engine, started }: ComparedRun): string =>
  onOneLine(`${endpoint} (${engine}), ${started}`);

function asText(comparison: ReportComparison, options: TextOptions): string {
  const { a, b, cases } = comparison;
  const paint = painter(options);
  const width = options.width ?? DEFAULT_WIDTH;
  const rows = cases.map((row) => [onOneLine(row.id), row.a ?? '-', row.b ?? '-', row.change]);
  const lines = alignedLines(HEADINGS, rows, (cell, column, index) => {
    const row = cases[index]!;
    if (column === COLUMNS.a && row.a) return paint(cell, row.a);
    if (column === COLUMNS.b && row.b) return paint(cell, row.b);
    if (column !== COLUMNS.change) return cell;
    return row.change === 'worse' ? paint(cell, 'no') : row.change === 'better' ? paint(cell, 'yes') : cell;
  });
  const notes = differing(comparison).flatMap((row) => {
    const items = dashedLines(differencesIn(row), width);
    return items.length === 0 ? [] : [onOneLine(row.id), ...items];
  });
  return [
    `A: ${runText(a)}`,
    `B: ${runText(b)}`,
    '',
    ...lines,
    '',
    ...(notes.length > 0 ? ['What differs:', ...notes, ''] : []),
    changeTally(comparison),
    '',
  ].join('\n');
}

function asMarkdown(comparison: ReportComparison): string {
  const { a, b, cases } = comparison;
  return [
    '# Two IPv6 gap analyses',
    '',
    `- A: ${markdownCell(runText(a))}`,
    `- B: ${markdownCell(runText(b))}`,
    '',
    `${changeTally(comparison)}.`,
    '',
    markdownRow(['id', 'use case', 'A', 'B', 'change']),
    markdownRow(['---', '---', '---', '---', '---']),
    ...cases.map((row) =>
      markdownRow([
        markdownCell(row.id),
        markdownCell(row.title),
        row.a ?? '-',
        row.b ?? '-',
        row.change === 'same' ? row.change : `**${row.change}**`,
      ]),
    ),
    ...differing(comparison).flatMap((row) => {
      const items = differencesIn(row).map((sentence) => `- ${markdownCell(sentence)}`);
      return items.length === 0 ? [] : ['', `## ${markdownCell(row.id)}`, '', ...items];
    }),
    '',
  ].join('\n');
}
