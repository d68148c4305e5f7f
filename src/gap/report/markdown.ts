/** The report as Markdown. */
import type { Evidence } from '../kit/index.ts';
import { type CaseReport, type GapReport, interruptionOf, limitsOf, score, tally } from './gap-report.ts';
import { openstackHistory } from './openstack-history.ts';
import { onOneLine } from './plain-text.ts';
import { shortcomingOf, untriedOf } from './shortcomings.ts';

/** A summary table and a section for each row, with its evidence. */
export function renderMarkdown(report: GapReport): string {
  const interruption = interruptionOf(report);
  const summary = report.cases.map((row) => {
    const { kilo, liberty } = openstackHistory[row.id];
    return markdownRow([
      `\`${row.id}\``,
      markdownCell(row.title),
      bold(row.verdict),
      score(row),
      kilo,
      liberty,
    ]);
  });
  return [
    '# IPv6 gap analysis',
    '',
    `${markdownCell(report.endpoint)} (${markdownCell(report.engine)}), ${report.started}: ${tally(report)}.`,
    '',
    ...(interruption === undefined ? [] : [bold(interruption), '']),
    markdownRow(['id', 'use case', 'verdict', 'evidence', 'Kilo', 'Liberty']),
    markdownRow(['---', '---', '---', '---', '---', '---']),
    ...summary,
    ...report.cases.flatMap(section),
    '',
  ].join('\n');
}

function section(row: CaseReport): string[] {
  return [
    '',
    `## ${row.id}`,
    '',
    `${markdownCell(row.title)}: ${bold(row.verdict)}.`,
    ...shortcomingLines(row),
    ...list('What could not be tried:', untriedOf(row)),
    ...(row.limits.length > 0 ? ['', ...limitsOf(row).map((item) => `- ${markdownCell(item)}`)] : []),
    ...(row.evidence.length > 0 ? ['', ...evidenceTable(row.evidence)] : []),
  ];
}

function shortcomingLines(row: CaseReport): string[] {
  const found = shortcomingOf(row);
  if (found === undefined) return [];
  return [
    ...list('What would have to change:', found.changes),
    '',
    `In whose software: ${markdownCell(found.where)}`,
  ];
}

const list = (title: string, items: readonly string[]): string[] =>
  items.length === 0 ? [] : ['', title, '', ...items.map((item) => `- ${markdownCell(item)}`)];

function evidenceTable(evidence: readonly Evidence[]): string[] {
  return [
    markdownRow(['what', 'expected', 'seen', 'ok']),
    markdownRow(['---', '---', '---', '---']),
    ...evidence.map(({ what, expected, seen, ok, pcap }) =>
      markdownRow([
        markdownCell(what),
        markdownCell(expected),
        pcap === undefined ? markdownCell(seen) : `${markdownCell(seen)} ([pcap](${pcap}))`,
        ok ? 'yes' : bold('no'),
      ]),
    ),
  ];
}

const bold = (text: string): string => `**${text}**`;
/** A row of a table. */
export const markdownRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** Text that is not taken for markup, on one line. */
export const markdownCell = (text: string): string => onOneLine(text).replace(/[\\`*_[\]<>|]/g, '\\$&');
