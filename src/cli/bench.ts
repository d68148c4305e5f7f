/** `sextant bench`: the benchmarks of `bench/`, and their report. */

import { writeFileSync } from 'node:fs';
import { type BenchTarget, benchmarks, type Outcome, type Report, runBenchmarks } from '../../bench/index.ts';
import { findLocalService } from '../service/index.ts';
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
  const chosen = choose(flags);
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

function choose({ ports, bulk, list, pings, seconds, only }: BenchFlags): ReturnType<typeof benchmarks> {
  const known = benchmarks({ ports, bulk, lists: list, pings, seconds });
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

/** A line for each benchmark; with a second target, its figures and the ratio of the medians beside the first's. */
export function benchCells({ targets, rows }: Report): { titles: string[]; lines: string[][] } {
  const withPeer = targets.length > 1;
  const titles = [
    'Benchmark',
    ...targets.flatMap((_, index) => FIGURES.map((figure) => (index === 0 ? figure : `Peer ${figure}`))),
    ...(withPeer ? ['Times faster'] : []),
  ];
  const lines = rows.map(({ title, outcomes, ratio }) => [
    title,
    ...outcomes.flatMap(figuresOf),
    ...(withPeer ? [ratio?.toFixed(1) ?? ''] : []),
  ]);
  return { titles, lines };
}

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
    cpu?.server?.toFixed(2) ?? '',
    memory?.toFixed(0) ?? '',
  ];
}
