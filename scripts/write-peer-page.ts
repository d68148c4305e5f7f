/** Writes the report of a run against Debian's Neutron into docs/reference/neutron-21.md: its argument is the JSON. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type GapReport, remarks, tally, useCases } from '../src/gap/index.ts';

const [, , file] = process.argv;
if (file === undefined) throw new Error('Which report? Give the gap.json of a run.');
const report = JSON.parse(readFileSync(file, 'utf8')) as GapReport;

/** Text that is not taken for markup, on one line. */
const cell = (text: string): string =>
  text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;');

const claims = new Map<string, string>(useCases.map(({ id, claim }) => [id, claim]));
const rows = report.cases.map(
  ({ id, title, verdict }) => `| \`${id}\` | ${cell(title)} | **${verdict}** | ${claims.get(id)} |`,
);
const sections = report.cases.flatMap((row) => {
  const why = remarks(row);
  if (why.length === 0) return [];
  return ['', `## ${row.id}`, '', ...why.map((one) => `- ${cell(one)}`)];
});

writeFileSync(
  new URL('../docs/reference/neutron-21.md', import.meta.url),
  `# Neutron 21 with OVN, measured

Debian 12's Neutron 21.0 (ML2, OVN 23.03, Keystone), one host with Open vSwitch's userspace datapath, as \`npm run
test:peer\` sets it up and tries it: ${tally(report)}. The verdicts are [explained](../how-to/measure-your-cloud.md); the
last column is what Sextant claims of itself. What is \`unverified\` was not tried: it says nothing against that Neutron.

| id | use case | Neutron 21 | Sextant |
| --- | --- | --- | --- |
${rows.join('\n')}

Below: for each row that is not \`yes\` the evidence that was not as expected, and what was not tried.
${sections.join('\n')}
`,
);
