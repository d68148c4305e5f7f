/** Runs the benchmarks, against one API or two in turns. */
import { NeutronApiError, type NeutronClient } from '../src/client/index.ts';
import type { Benchmark, NearbyParts } from './benchmark.ts';
import { residentMemory } from './process-figures.ts';
import type { Summary } from './statistics.ts';
import { Workspace } from './workspace.ts';

/** An API that is measured. */
export interface BenchTarget extends NearbyParts {
  /** For the report: its URL or its cloud's name. */
  readonly name: string;
  readonly client: NeutronClient;
}

/** What a benchmark gave on one target: a summary, or why there is none. */
export type Outcome = Measured | { readonly error: string };

export interface Measured extends Summary {
  /** Resident memory (MiB) of the server when it was done, with all that it had made; if its process is known. */
  readonly memory?: number;
}

export interface BenchRow {
  readonly id: string;
  readonly title: string;
  /** In the order of the targets. */
  readonly outcomes: readonly Outcome[];
  /** How many times as long the second target takes as the first, by medians. */
  readonly ratio?: number;
}

export interface Report {
  readonly started: string;
  readonly targets: readonly string[];
  readonly rows: readonly BenchRow[];
}

export interface RunOptions {
  readonly targets: readonly BenchTarget[];
  readonly benchmarks: readonly Benchmark[];
  /** Ends the run early; what was made is removed all the same. */
  readonly signal: AbortSignal;
  /** Called before each benchmark on each target. */
  readonly onProgress: (title: string, target: string) => void;
}

/** Each benchmark runs on the targets one after the other, so that they meet the same conditions. */
export async function runBenchmarks({
  targets,
  benchmarks,
  signal,
  onProgress,
}: RunOptions): Promise<Report> {
  const started = new Date().toISOString();
  const rows: BenchRow[] = [];
  for (const benchmark of benchmarks) {
    const outcomes: Outcome[] = [];
    for (const target of targets) {
      signal.throwIfAborted();
      onProgress(benchmark.title, target.name);
      outcomes.push(await runOne(benchmark, target, signal));
    }
    rows.push({ id: benchmark.id, title: benchmark.title, outcomes, ...ratioOf(outcomes) });
  }
  return { started, targets: targets.map(({ name }) => name), rows };
}

async function runOne(
  benchmark: Benchmark,
  { client, pid, host }: BenchTarget,
  signal: AbortSignal,
): Promise<Outcome> {
  const workspace = new Workspace(client);
  try {
    const summary = await benchmark.run(workspace, signal, { pid, host });
    return pid === undefined ? summary : { ...summary, memory: residentMemory(pid) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NeutronApiError)
      return { error: `${error.message} (${error.status} ${error.type})` };
    // One benchmark that broke off is no reason to lose the figures of the others.
    if (error instanceof Error) return { error: error.message };
    throw error;
  } finally {
    await workspace.clean();
  }
}

function ratioOf([own, peer]: readonly Outcome[]): { ratio?: number } {
  if (own === undefined || peer === undefined || 'error' in own || 'error' in peer) return {};
  return { ratio: peer.median / own.median };
}
