/**
 * The report as reStructuredText, in the grid tables of the documents that the use cases come from, so that it can stand
 * in their place: use case, whether it is supported, and notes.
 */
import type { CaseVerdict, Evidence } from '../kit/index.ts';
import { type CaseReport, type GapReport, interruptionOf, limitsOf, tally } from './gap-report.ts';
import { type GridCell, gridTable } from './grid-table.ts';
import { openstackHistory } from './openstack-history.ts';
import { onOneLine } from './plain-text.ts';
import { shortcomingOf, untriedOf } from './shortcomings.ts';

/** As in those documents. */
const TABLE_WIDTHS = { useCase: 59, verdict: 19, notes: 68 };
const EVIDENCE_WIDTHS = { what: 52, expected: 40, seen: 47, ok: 6 };

/** The table, and a section for each row with its evidence. */
export function renderRst(report: GapReport): string {
  const { endpoint, engine, started } = report;
  const interruption = interruptionOf(report);
  return [
    ...title(`IPv6 Gap Analysis with ${plain(engine)}`),
    '',
    `The IPv6 use cases, tried with real packets at ${plain(endpoint)} at ${started}: ${tally(report)}.`,
    '',
    ...(interruption === undefined ? [] : [bold(interruption), '']),
    ...longTable(
      gridTable(
        [
          { title: 'Use Case / Requirement', width: TABLE_WIDTHS.useCase },
          { title: 'Supported', width: TABLE_WIDTHS.verdict },
          { title: 'Notes', width: TABLE_WIDTHS.notes },
        ],
        report.cases.map((row) => [[plain(row.title)], [supported(row.verdict)], notes(row)]),
      ),
    ),
    ...report.cases.filter(({ evidence }) => evidence.length > 0).flatMap(section),
    '',
  ].join('\n');
}

/** `Yes` as it is, anything else to be seen at once, as those documents have it. */
function supported(verdict: CaseVerdict): string {
  const word = verdict.charAt(0).toUpperCase() + verdict.slice(1);
  return verdict === 'yes' ? word : bold(word);
}

function notes(row: CaseReport): GridCell {
  const { kilo, liberty } = openstackHistory[row.id];
  const found = shortcomingOf(row);
  return [
    ...(found === undefined ? [] : [...found.changes.map(plain), `In whose software: ${plain(found.where)}`]),
    ...untriedOf(row).map((sentence) => `Not tried: ${plain(sentence)}`),
    ...limitsOf(row).map(plain),
    `Kilo: ${kilo}. Liberty: ${liberty}.`,
  ];
}

function section(row: CaseReport): string[] {
  const { what, expected, seen, ok } = EVIDENCE_WIDTHS;
  return [
    '',
    ...heading(row.id),
    '',
    ...longTable(
      gridTable(
        [
          { title: 'What was tried', width: what },
          { title: 'Expected', width: expected },
          { title: 'Seen', width: seen },
          { title: 'Ok', width: ok },
        ],
        row.evidence.map(evidenceCells),
      ),
    ),
  ];
}

function evidenceCells({ what, expected, seen, ok, pcap }: Evidence): GridCell[] {
  const link = pcap === undefined ? '' : ` (\`pcap <${pcap}>\`__)`;
  return [[plain(what)], [plain(expected)], [`${plain(seen)}${link}`], [ok ? 'yes' : bold('no')]];
}

const title = (text: string): string[] => ['='.repeat(text.length), text, '='.repeat(text.length)];
const heading = (text: string): string[] => [text, '-'.repeat(text.length)];
const bold = (text: string): string => `**${text}**`;
const longTable = (lines: readonly string[]): string[] => [
  '.. table::',
  '  :class: longtable',
  '',
  ...lines.map((line) => `  ${line}`),
];

/**
 * Text that is not taken for markup, on one line: neither in it, nor by how it begins (lists, options, directives) or
 * ends (literal blocks).
 */
const plain = (text: string): string =>
  onOneLine(text)
    .trim()
    .replace(/[\\`*_|]/g, '\\$&')
    .replace(/^(?=[^\p{L}\p{N}\\]|\p{L}[.)]|\p{N}+[.)])/u, '\\')
    .replace(/::$/, ':\\:');
