/** The report as Markdown. */
import type { Evidence } from '../kit/index.ts';
import { type CaseReport, type GapReport, limitsOf, score, tally } from './gap-report.ts';
import { openstackHistory } from './openstack-history.ts';

/** A summary table and a section for each row, with its evidence. */
export function renderMarkdown(report: GapReport): string {
  const summary = report.cases.map((row) => {
    const { kilo, liberty } = openstackHistory[row.id];
    return tableRow([`\`${row.id}\``, cell(row.title), bold(row.verdict), score(row), kilo, liberty]);
  });
  return [
    '# IPv6 gap analysis',
    '',
    `${report.endpoint} (${cell(report.engine)}), ${report.started}: ${tally(report)}.`,
    '',
    tableRow(['id', 'use case', 'verdict', 'evidence', 'Kilo', 'Liberty']),
    tableRow(['---', '---', '---', '---', '---', '---']),
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
    `${cell(row.title)}: ${bold(row.verdict)}.`,
    ...(row.missing.length > 0 ? ['', 'Missing:', '', ...row.missing.map((item) => `- ${cell(item)}`)] : []),
    ...(row.limits.length > 0 ? ['', ...limitsOf(row).map((item) => `- ${cell(item)}`)] : []),
    ...(row.evidence.length > 0 ? ['', ...evidenceTable(row.evidence)] : []),
  ];
}

function evidenceTable(evidence: readonly Evidence[]): string[] {
  return [
    tableRow(['what', 'expected', 'seen', 'ok']),
    tableRow(['---', '---', '---', '---']),
    ...evidence.map(({ what, expected, seen, ok, pcap }) =>
      tableRow([
        cell(what),
        cell(expected),
        pcap === undefined ? cell(seen) : `${cell(seen)} ([pcap](${pcap}))`,
        ok ? 'yes' : bold('no'),
      ]),
    ),
  ];
}

const bold = (text: string): string => `**${text}**`;
const tableRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** Text that is not taken for markup, on one line. */
const cell = (text: string): string => text.replace(/[\\`*_[\]<>|]/g, '\\$&').replace(/\s+/g, ' ');
