/** Load by clients in several processes, so that what is measured is the server and not who measures. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { processCpu } from '../process-figures.ts';
import { type Summary, summarise } from '../statistics.ts';
import type { LoadMethod } from './connection.ts';

/** What clients do, each request when the one before it was answered. */
export interface LoadTask {
  /** Of an http server. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Requests at a time. */
  readonly clients: number;
  readonly method: LoadMethod;
  /** Asked in turns. */
  readonly paths: readonly string[];
  /** JSON text. */
  readonly body?: string;
  /** What every answer must have. */
  readonly status: number;
  /** Requests at most. */
  readonly count: number;
  /** After which no more are begun; as long as it takes when left out. */
  readonly seconds?: number;
}

/** What one process saw. */
export interface LoadResult {
  /** Milliseconds that each request took. */
  readonly times: readonly number[];
  /** Milliseconds from the first request to the last answer. */
  readonly elapsed: number;
  /** Milliseconds of CPU that the process itself took. */
  readonly cpu: number;
}

/** Processes whose CPU is told, by name. */
export type WatchedProcesses = Readonly<Record<string, number>>;

const PROGRAM = fileURLToPath(new URL('./generator-process.ts', import.meta.url));

/** Two can ask for more than one process of Node answers. */
const PROCESSES = 2;

/** Processes of clients; they end with `close`, or with this process. */
export class LoadGenerator {
  readonly #processes: readonly ChildProcess[] = Array.from({ length: PROCESSES }, () =>
    fork(PROGRAM, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
  );

  /**
   * Has the clients do a task together.
   * @param watched processes of the server's
   * @throws Error of the first request that failed
   */
  async run(task: LoadTask, watched: WatchedProcesses = {}): Promise<Summary> {
    const parts = shares(task, this.#processes.length);
    const before = cpuOf(watched);
    const results = await Promise.all(parts.map((part, index) => ask(this.#processes[index]!, part)));
    const after = cpuOf(watched);
    const times = results.flatMap((one) => one.times);
    const elapsed = Math.max(...results.map((one) => one.elapsed));
    const perOperation = (ms: number): number => ms / times.length;
    const cpu = Object.fromEntries(
      Object.keys(watched).flatMap((name) => {
        const [from, to] = [before[name], after[name]];
        return from === undefined || to === undefined ? [] : [[name, perOperation(to - from)]];
      }),
    );
    const own = perOperation(results.reduce((sum, one) => sum + one.cpu, 0));
    return { ...summarise(times, elapsed), cpu: { ...cpu, clients: own } };
  }

  close(): void {
    for (const child of this.#processes) if (child.connected) child.disconnect();
  }
}

function cpuOf(watched: WatchedProcesses): Record<string, number | undefined> {
  return Object.fromEntries(Object.entries(watched).map(([name, pid]) => [name, processCpu(pid)]));
}

/** The parts of a task for so many processes, without those that would have nothing to do. */
export function shares(task: LoadTask, processes: number): LoadTask[] {
  const number = Math.min(processes, task.clients, task.paths.length === 1 ? task.count : task.paths.length);
  return Array.from({ length: number }, (_, index) => {
    const shareOf = (whole: number): number => Math.floor((whole + number - 1 - index) / number);
    return {
      ...task,
      clients: shareOf(task.clients),
      count: shareOf(task.count),
      paths: task.paths.length === 1 ? task.paths : task.paths.filter((_path, at) => at % number === index),
    };
  });
}

async function ask(child: ChildProcess, task: LoadTask): Promise<LoadResult> {
  const ended = new AbortController();
  const gone = once(child, 'exit', { signal: ended.signal }).then(() => {
    throw new Error('A process of clients has ended.');
  });
  try {
    const answered = once(child, 'message', { signal: ended.signal });
    child.send(task);
    const [answer] = (await Promise.race([answered, gone])) as [LoadResult | { readonly error: string }];
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  } finally {
    ended.abort();
    gone.catch(() => undefined);
  }
}
