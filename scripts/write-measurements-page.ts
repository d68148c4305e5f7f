/** Writes the figures of `sextant bench --output FILE` into the documentation. Its argument is that file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import type { Report } from '../bench/index.ts';
import { benchCells } from '../src/cli/bench.ts';
import { markdownCell } from '../src/gap/index.ts';

const PAGE = 'docs/reference/measurements.md';
const GIBIBYTE = 2 ** 30;

const [, , file] = process.argv;
if (file === undefined) throw new Error('Which report? Give the file that sextant bench --output wrote.');
const report: Report = JSON.parse(readFileSync(file, 'utf8'));

const { titles, lines } = benchCells(report);
const row = (cells: readonly string[]): string => `| ${cells.map(markdownCell).join(' | ')} |`;
const MACHINE = `${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / GIBIBYTE)} GiB, Node ${process.versions.node}`;

writeFileSync(
  PAGE,
  `${[
    '# Measurements',
    '',
    `\`npm run bench:page\` wrote this page: what \`sextant bench\` measured on ${report.started.slice(0, 10)}, everything on`,
    `one machine: clients, service, OVN and instances. ${MACHINE}. [What each line`,
    'measures](../how-to/benchmark.md), and what the columns are, is told there. Figures of one run are to be compared',
    'with each other, and with those of another machine hardly.',
    '',
    row(titles),
    row(titles.map(() => '---')),
    ...lines.map(row),
  ].join('\n')}\n`,
);
