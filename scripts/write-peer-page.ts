/**
 * Writes the report of a run against Debian's Neutron into the documentation. Its arguments are how that Neutron makes
 * networks (ovn, openvswitch or linuxbridge), the JSON of the run, and the versions of what was tried, an argument each.
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
import { CAUSES, type PeerDriver } from './peer/causes.ts';

interface PeerPage {
  readonly file: string;
  readonly title: string;
  /** What was tried. */
  readonly what: string;
  /** What of that machine bears on the rows: sentences. */
  readonly remarks: readonly string[];
  readonly command: string;
}

const PAGES: Readonly<Record<PeerDriver, PeerPage>> = {
  ovn: {
    file: 'neutron-21.md',
    title: 'Neutron 21 with OVN, measured',
    what: "Debian 12's Neutron with ML2, OVN and Keystone, on one host with Open vSwitch's userspace datapath",
    remarks: [],
    command: 'npm run test:peer',
  },
  openvswitch: {
    file: 'neutron-21-openvswitch.md',
    title: 'Neutron 21 with its Open vSwitch agent, measured',
    what: "Debian 12's Neutron with ML2, Keystone, and its agents for Open vSwitch, routers and DHCP, on one host with Open vSwitch's userspace datapath and the firewall driver `openvswitch`",
    remarks: ["Tenants' networks are VLANs here too."],
    command: 'npm run test:peer:openvswitch',
  },
  linuxbridge: {
    file: 'neutron-21-linuxbridge.md',
    title: 'Neutron 21 with its Linux bridge agent, measured',
    what: "Debian 12's Neutron with ML2, Keystone, and its agents for Linux bridges (which it calls experimental), routers and DHCP, on one host",
    remarks: [
      "Tenants' networks are VXLANs. VLANs are not tried: the kernel of that machine makes no VLAN devices (8021q), which this agent takes for them.",
    ],
    command: 'npm run test:peer:linuxbridge',
  },
};

const [, , driver, file, ...versions] = process.argv;
if (driver === undefined || !Object.hasOwn(PAGES, driver) || file === undefined)
  throw new Error('Which report? Give the driver, and the gap.json of a run.');
const page = PAGES[driver as PeerDriver];
const causes = CAUSES[driver as PeerDriver];
const report = JSON.parse(readFileSync(file, 'utf8')) as GapReport;
if (report.unfinished !== undefined) throw new Error('That run was interrupted: it is not published.');
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
    `**${row.verdict}**${row.evidence.length > 0 ? `, ${score(row)} as expected` : ''}.${where ? ` In whose software: ${markdownCell(where)}` : ''}`,
    ...titled('Looked into by hand:', list(causes[row.id] ?? [])),
    ...titled('Not as expected:', failed.flatMap(shown)),
    ...titled('Not tried:', list(untriedOf(row))),
    ...titled('Beyond this row:', list(row.limits)),
  ];
}

/** What was seen, and the frames that show it. */
function shown({ what, expected, seen, capture }: Evidence): string[] {
  const line = `- ${markdownCell(what)}: expected ${markdownCell(expected)}, saw ${markdownCell(seen.replace(/\.$/, ''))}.`;
  if (capture === undefined || capture.frames.length === 0) return [line];
  const frames = capture.frames
    .slice(0, MOST_FRAMES)
    .map(({ way, octets }) => `  ${way} ${describeFrame(decodeFrame(Uint8Array.fromBase64(octets)))}`);
  return [line, '', '  ```', ...frames, '  ```', ''];
}

writeFileSync(
  new URL(`../docs/reference/${page.file}`, import.meta.url),
  `${[
    `# ${page.title}`,
    '',
    `${page.what}, tried on ${report.started.slice(0, 10)}: ${tally(report)}.`,
    ...versions
      .map((version) => `- ${version}`)
      .flatMap((line, index) => (index === 0 ? ['', line] : [line])),
    ...page.remarks.flatMap((remark) => ['', remark]),
    '',
    'The verdicts are [explained](../how-to/measure-your-cloud.md#what-the-verdicts-mean), and so are the [use cases](use-cases.md), with',
    'what Sextant claims of itself: that is the last column here. What is `unverified` was not tried: it says nothing against',
    `that Neutron. To repeat it, as root on Debian 12: \`${page.command}\`, which writes this page anew. Frames are those that`,
    'an instance sent or received.',
    '',
    '| id | use case | Neutron 21 | evidence | Sextant |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    ...report.cases.filter(({ verdict }) => verdict !== 'yes').flatMap(section),
    '',
  ].join('\n')}`,
);
