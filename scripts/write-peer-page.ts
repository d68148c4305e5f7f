/**
 * Writes the report of a run against Debian's Neutron into docs/reference/neutron-21.md. Its arguments are the JSON of the
 * run, and the versions of what was tried, an argument each.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  type CaseReport,
  type Evidence,
  type GapReport,
  markdownCell,
  score,
  shortcomingOf,
  tally,
  untriedOf,
  useCases,
} from '../src/gap/index.ts';
import { decodeFrame, describeFrame } from '../src/packets/index.ts';
import { CAUSES } from './peer/causes.ts';

const [, , file, ...versions] = process.argv;
if (file === undefined) throw new Error('Which report? Give the gap.json of a run.');
const report = JSON.parse(readFileSync(file, 'utf8')) as GapReport;
/** So many frames show what evidence is about; the report of a run has more, and pcap files. */
const MOST_FRAMES = 6;

/** Rows that are not `yes` have a section. */
const linkOf = ({ id, verdict }: CaseReport): string =>
  verdict === 'yes' ? `\`${id}\`` : `[\`${id}\`](#${id})`;

const claims = new Map<string, string>(useCases.map(({ id, claim }) => [id, claim]));
const rows = report.cases.map(
  (row) =>
    `| ${linkOf(row)} | ${markdownCell(row.title)} | **${row.verdict}** | ${score(row)} | ${claims.get(row.id)} |`,
);

const list = (items: readonly string[]): string[] => items.map((item) => `- ${markdownCell(item)}`);
const titled = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, '', ...lines];

function section(row: CaseReport): string[] {
  const failed = row.evidence.filter(({ ok }) => !ok);
  const where = shortcomingOf(row)?.where;
  return [
    '',
    `## ${row.id}`,
    '',
    `**${row.verdict}**, ${score(row)} as expected.${where ? ` In whose software: ${markdownCell(where)}` : ''}`,
    ...titled('Looked into by hand:', list(CAUSES[row.id] ?? [])),
    ...titled('Not as expected:', failed.flatMap(shown)),
    ...titled('Not tried:', list(untriedOf(row))),
    ...titled('Beyond this row:', list(row.limits)),
  ];
}

/** What was seen, and the frames that show it. */
function shown({ what, expected, seen, capture }: Evidence): string[] {
  const line = `- ${markdownCell(what)}: expected ${markdownCell(expected)}, saw ${markdownCell(seen)}.`;
  if (capture === undefined || capture.frames.length === 0) return [line];
  const frames = capture.frames
    .slice(0, MOST_FRAMES)
    .map(({ way, octets }) => `  ${way} ${describeFrame(decodeFrame(Uint8Array.fromBase64(octets)))}`);
  return [line, '', '  ```', ...frames, '  ```', ''];
}

writeFileSync(
  new URL('../docs/reference/neutron-21.md', import.meta.url),
  `${[
    '# Neutron 21 with OVN, measured',
    '',
    `Debian 12's Neutron with ML2, OVN and Keystone, on one host with Open vSwitch's userspace datapath, tried on ${report.started.slice(0, 10)}: ${tally(report)}.`,
    ...versions
      .map((version) => `- ${version}`)
      .flatMap((line, index) => (index === 0 ? ['', line] : [line])),
    '',
    'The verdicts are [explained](../how-to/measure-your-cloud.md#what-the-verdicts-mean), and so are the [use cases](use-cases.md), with',
    'what Sextant claims of itself: that is the last column here. What is `unverified` was not tried: it says nothing against',
    'that Neutron. To repeat it, as root on Debian 12: `npm run test:peer`, which writes this page anew. Frames are those that',
    'an instance sent or received.',
    '',
    '| id | use case | Neutron 21 | evidence | Sextant |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    ...report.cases.filter(({ verdict }) => verdict !== 'yes').flatMap(section),
    '',
  ].join('\n')}`,
);
