/** The report as reStructuredText: list tables, which need no drawing and break long cells themselves. */
import type { Evidence } from '../kit/index.ts';
import { type CaseReport, type GapReport, limitsOf, score, tally } from './gap-report.ts';
import { openstackHistory } from './openstack-history.ts';

/** A summary table and a section for each row, with its evidence. */
export function renderRst(report: GapReport): string {
  const summary = report.cases.map((row) => {
    const { kilo, liberty } = openstackHistory[row.id];
    return [`\`\`${row.id}\`\``, cell(row.title), bold(row.verdict), score(row), kilo, liberty];
  });
  return [
    ...heading('IPv6 gap analysis', '='),
    '',
    `${cell(report.endpoint)} (${cell(report.engine)}), ${report.started}: ${tally(report)}.`,
    '',
    ...listTable(
      ['id', 'use case', 'verdict', 'evidence', 'Kilo', 'Liberty'],
      [15, 45, 10, 10, 10, 10],
      summary,
    ),
    ...report.cases.flatMap(section),
    '',
  ].join('\n');
}

function section(row: CaseReport): string[] {
  return [
    '',
    ...heading(row.id, '-'),
    '',
    `${cell(row.title)}: ${bold(row.verdict)}.`,
    ...(row.missing.length > 0 ? ['', 'Missing:', '', ...row.missing.map((item) => `- ${cell(item)}`)] : []),
    ...(row.limits.length > 0 ? ['', ...limitsOf(row).map((item) => `- ${cell(item)}`)] : []),
    ...(row.evidence.length > 0
      ? [
          '',
          ...listTable(['what', 'expected', 'seen', 'ok'], [35, 25, 35, 5], row.evidence.map(evidenceCells)),
        ]
      : []),
  ];
}

function evidenceCells({ what, expected, seen, ok, pcap }: Evidence): string[] {
  const link = pcap === undefined ? '' : ` (\`pcap <${pcap}>\`__)`;
  return [cell(what), cell(expected), `${cell(seen)}${link}`, ok ? 'yes' : bold('no')];
}

const heading = (text: string, line: string): string[] => [text, line.repeat(text.length)];
const bold = (text: string): string => `**${text}**`;

/** @param widths shares of the page's width, per cent */
function listTable(
  titles: readonly string[],
  widths: readonly number[],
  rows: readonly (readonly string[])[],
): string[] {
  const row = (cells: readonly string[]): string[] =>
    cells.map((text, index) => `   ${index === 0 ? '* -' : '  -'} ${text}`.trimEnd());
  return [
    '.. list-table::',
    '   :header-rows: 1',
    `   :widths: ${widths.join(' ')}`,
    '',
    ...row(titles),
    ...rows.flatMap(row),
  ];
}

/** Text that is not taken for markup, on one line. */
const cell = (text: string): string => text.replace(/[\\`*_|]/g, '\\$&').replace(/\s+/g, ' ');
