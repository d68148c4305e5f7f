/** `sextant bench`: the benchmarks of `bench/`, and their report. */

import { writeFileSync } from 'node:fs';
import { pino } from 'pino';
import {
  type Benchmark,
  type BenchTarget,
  benchmarks,
  hostsBenchmarks,
  type Outcome,
  type Report,
  runBenchmarks,
} from '../../bench/index.ts';
import { findLocalService } from '../service/index.ts';
import { BenchHosts } from './bench-hosts.ts';
import { type ConnectionFlags, connect } from './connection.ts';
import { UsageError } from './errors.ts';
import { interruptible } from './interruptible.ts';
import { drawTable } from './output/table.ts';
import { startServerProcess } from './server-process.ts';
import type { Terminal } from './terminal.ts';

/** The flags of `sextant bench`. */
export interface BenchFlags {
  against?: string;
  againstCloud?: string;
  only: string[];
  ports: number;
  bulk: number;
  list: number[];
  pings: number;
  seconds: number;
  hosts?: number;
  pid?: number;
  againstPid?: number;
  format: 'table' | 'json';
  output?: string;
}

/** Measures the API that `connection` or the environment name; without any, a Sextant that is started for this. */
export async function bench(
  flags: BenchFlags,
  connection: ConnectionFlags,
  terminal: Terminal,
): Promise<void> {
  if (flags.hosts !== undefined) return benchHosts(flags, flags.hosts, connection, terminal);
  const chosen = choose(benchmarksOf(flags), flags.only);
  const isNamed = connection.cloud ?? connection.endpoint ?? (terminal.env.SEXTANT_ENDPOINT || undefined);
  await using server = isNamed === undefined ? await startServerProcess() : undefined;
  const endpoint = server?.service.endpoint;
  const targets = [targetOf({ ...connection, ...(endpoint && { endpoint }) }, flags.pid, terminal)];
  const { against, againstCloud } = flags;
  if (against !== undefined || againstCloud !== undefined) {
    const peer = { ...(against && { endpoint: against }), ...(againstCloud && { cloud: againstCloud }) };
    targets.push(targetOf({ ...peer, debug: connection.debug ?? false }, flags.againstPid, terminal));
  }
  try {
    await measure(flags, targets, chosen, terminal);
  } finally {
    for (const { client } of targets) client.close();
  }
}

/** Measures hosts of a lab. The service is in this process. */
async function benchHosts(
  flags: BenchFlags,
  count: number,
  { endpoint, cloud }: ConnectionFlags,
  terminal: Terminal,
): Promise<void> {
  if ([endpoint, cloud, flags.against, flags.againstCloud].some((one) => one !== undefined))
    throw new UsageError('--hosts has a Sextant of its own: name no API beside it.');
  if (count < 2) throw new UsageError('--hosts takes 2 or more: what is measured goes from one to another.');
  const silent = pino({ level: 'silent' });
  // What there is to choose from is known before anything is started.
  const idle = { joined: () => Promise.reject(new Error('no hosts yet')) };
  choose(hostsBenchmarks(idle, flags.pings), flags.only);
  await using hosts = await BenchHosts.open(count, silent);
  const chosen = choose(hostsBenchmarks(hosts, flags.pings), flags.only);
  await measure(flags, [{ name: `${count} hosts`, client: hosts.world.client }], chosen, terminal);
}

async function measure(
  flags: BenchFlags,
  targets: readonly BenchTarget[],
  chosen: readonly Benchmark[],
  terminal: Terminal,
): Promise<void> {
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
}

const benchmarksOf = ({ ports, bulk, list, pings, seconds }: BenchFlags): Benchmark[] =>
  benchmarks({ ports, bulk, lists: list, pings, seconds });

/** @throws UsageError when one is asked for that is not there */
function choose(known: Benchmark[], only: readonly string[]): Benchmark[] {
  for (const id of only) {
    if (known.some((benchmark) => benchmark.id === id)) continue;
    throw new UsageError(`There is no benchmark ${id}. There are: ${known.map((one) => one.id).join(', ')}`);
  }
  return only.length === 0 ? known : known.filter(({ id }) => only.includes(id));
}

/** @param pid the process behind it; that of a Sextant on this machine is found */
function targetOf(connection: ConnectionFlags, pid: number | undefined, terminal: Terminal): BenchTarget {
  const { target, client } = connect(connection, terminal);
  const local = connection.cloud === undefined ? findLocalService(target) : undefined;
  const host = local?.host ? { ...local.host, northbound: local.northbound } : undefined;
  return { name: target, client, pid: pid ?? local?.pid, host };
}

/** A line for each benchmark. */
export function benchTable(report: Report): string {
  const { titles, lines } = benchCells(report);
  return drawTable(titles, lines);
}

/**
 * A line for each benchmark; with a second target, its figures and the ratio of the medians beside the first's; of hosts
 * that joined, what their processes have in memory.
 */
export function benchCells({ targets, rows }: Report): { titles: string[]; lines: string[][] } {
  const withPeer = targets.length > 1;
  const processes = new Set(
    rows.flatMap(({ outcomes }) => outcomes.flatMap((one) => Object.keys(memoryOf(one)))),
  );
  const titles = [
    'Benchmark',
    ...targets.flatMap((_, index) => FIGURES.map((figure) => (index === 0 ? figure : `Peer ${figure}`))),
    ...(withPeer ? ['Times faster'] : []),
    ...Array.from(processes, (name) => `MiB of ${name}`),
  ];
  const lines = rows.map(({ title, outcomes, ratio }) => [
    title,
    ...outcomes.flatMap(figuresOf),
    ...(withPeer ? [ratio?.toFixed(1) ?? ''] : []),
    ...Array.from(processes, (name) => memoryOf(outcomes[0]!)[name]?.toFixed(0) ?? ''),
  ]);
  return { titles, lines };
}

const memoryOf = (outcome: Outcome): Readonly<Record<string, number>> =>
  'error' in outcome ? {} : (outcome.hostMemory ?? {});

/** That of the server, or of all that packets pass where it has no part in it. */
const cpuOf = (cpu: Readonly<Record<string, number>> | undefined): number | undefined =>
  cpu && (cpu.server ?? Object.values(cpu).reduce((sum, one) => sum + one, 0));

const FIGURES = ['Median ms', 'p95 ms', 'p99 ms', 'Per second', 'Of floor', 'CPU ms', 'MiB'];

function figuresOf(outcome: Outcome): string[] {
  if ('error' in outcome) return [outcome.error.slice(0, 60), ...FIGURES.slice(1).map(() => '')];
  const { median, p95, p99, perSecond, floor, cpu, memory } = outcome;
  const ofFloor = perSecond && floor?.perSecond && perSecond / floor.perSecond;
  return [
    median.toFixed(2),
    p95.toFixed(2),
    p99.toFixed(2),
    perSecond?.toFixed(0) ?? '',
    ofFloor?.toFixed(2) ?? '',
    cpuOf(cpu)?.toFixed(2) ?? '',
    memory?.toFixed(0) ?? '',
  ];
}
