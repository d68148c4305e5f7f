/** `sextant bench`: the benchmarks of `bench/`, and their report. */
import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { benchmarks, usualSizes } from '../../bench/benchmarks.ts';
import { type Outcome, type Report, runBenchmarks, type Target } from '../../bench/run.ts';
import { addConnectionFlags, connect, connectionFlags } from './connection.ts';
import { UsageError } from './errors.ts';
import { collect, wholeNumber, wholeNumbers } from './flag-values.ts';
import { interruptible } from './interruptible.ts';
import { drawTable } from './output/table.ts';
import type { Terminal } from './terminal.ts';

interface Flags {
  against?: string;
  againstCloud?: string;
  only: string[];
  ports: number;
  bulk: number;
  list: number[];
  pid?: number;
  againstPid?: number;
  format: 'table' | 'json';
  output?: string;
}

export function addBenchCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('bench')
    .description(
      'Measure an API: Sextant, or any other with the Neutron API. What it makes there, it removes.',
    )
    .option('--against <url>', 'another API, measured in turns with the first')
    .option('--against-cloud <name>', 'the same, as a cloud in clouds.yaml')
    .option('--only <id>', 'run this benchmark alone. Repeatable.', collect, [])
    .option('--ports <number>', 'ports that each benchmark handles', wholeNumber, usualSizes.ports)
    .option('--bulk <number>', 'ports in a bulk request', wholeNumber, usualSizes.bulk)
    .option('--list <numbers>', 'ports in the lists', wholeNumbers, [...usualSizes.lists])
    .option('--pid <pid>', "the API's process, to tell its memory", wholeNumber)
    .option('--against-pid <pid>', 'the process of the other', wholeNumber)
    .addOption(
      new Option('-f, --format <format>', 'output format').choices(['table', 'json']).default('table'),
    )
    .option('--output <file>', 'write the JSON to this file besides')
    .addHelpText(
      'after',
      '\nExample:\n  sextant bench --ports 100 --list 1000 --against http://127.0.0.1:19696',
    );
  addConnectionFlags(command);
  command.action(() => bench(command, terminal));
}

async function bench(command: Command, terminal: Terminal): Promise<void> {
  const flags = command.opts<Flags>();
  const known = benchmarks({ ports: flags.ports, bulk: flags.bulk, lists: flags.list });
  const chosen = flags.only.length === 0 ? known : known.filter(({ id }) => flags.only.includes(id));
  for (const id of flags.only) {
    if (known.some((benchmark) => benchmark.id === id)) continue;
    throw new UsageError(`There is no benchmark ${id}. There are: ${known.map((one) => one.id).join(', ')}`);
  }
  const targets = targetsOf(command, flags, terminal);
  try {
    const report = await interruptible((signal) =>
      runBenchmarks({
        targets,
        benchmarks: chosen,
        signal,
        onProgress: (title, target) => terminal.err(`${title}: ${target}\n`),
      }),
    );
    const json = `${JSON.stringify(report, undefined, 2)}\n`;
    terminal.out(flags.format === 'json' ? json : benchTable(report));
    if (flags.output !== undefined) writeFileSync(flags.output, json);
  } finally {
    for (const { client } of targets) client.close();
  }
}

function targetsOf(command: Command, flags: Flags, terminal: Terminal): Target[] {
  const connection = connectionFlags(command);
  const own = connect(connection, terminal);
  const first = { name: own.target, client: own.client, pid: flags.pid };
  const { against: endpoint, againstCloud: cloud } = flags;
  if (endpoint === undefined && cloud === undefined) return [first];
  const { debug } = connection;
  const peer = connect(
    { ...(endpoint && { endpoint }), ...(cloud && { cloud }), ...(debug && { debug }) },
    terminal,
  );
  return [first, { name: peer.target, client: peer.client, pid: flags.againstPid }];
}

/** A line for each benchmark; with a second target, its figures and the ratio of the medians beside the first's. */
export function benchTable({ targets, rows }: Report): string {
  const titles = [
    'Benchmark',
    ...targets.flatMap((_, index) => FIGURES.map((figure) => (index === 0 ? figure : `Peer ${figure}`))),
    ...(targets.length > 1 ? ['Times faster'] : []),
  ];
  const lines = rows.map(({ title, outcomes, ratio }) => [
    title,
    ...outcomes.flatMap(figuresOf),
    ...(targets.length > 1 ? [ratio === undefined ? '' : ratio.toFixed(1)] : []),
  ]);
  return drawTable(titles, lines);
}

const FIGURES = ['Median ms', 'p95 ms', 'Per second', 'MiB'];

function figuresOf(outcome: Outcome): string[] {
  if ('error' in outcome) return [outcome.error.slice(0, 60), '', '', ''];
  const { median, p95, perSecond, memory } = outcome;
  return [median.toFixed(2), p95.toFixed(2), perSecond?.toFixed(0) ?? '', memory?.toFixed(0) ?? ''];
}
