/** What a server makes of load: ports by clients in several processes, beside the floor in the same run. */
import type { Benchmark } from '../benchmark.ts';
import { processesBeside } from '../processes-beside.ts';
import type { Summary } from '../statistics.ts';
import type { Workspace } from '../workspace.ts';
import { type Floor, startFloor } from './floor.ts';
import { LoadGenerator, type LoadTask, type WatchedProcesses } from './generator.ts';

/** How much of it. */
export interface LoadSizes {
  /** Clients at the same time. */
  readonly clients: readonly number[];
  /** Seconds that creates and shows go on for. */
  readonly seconds: number;
  /** Ports that are deleted. */
  readonly deleted: number;
}

type LoadVerb = 'create' | 'show' | 'delete';

/** Requests before the measured ones. */
const WARM_UP = 500;

/** More than any server answers in the time. */
const ENDLESS = 10_000_000;

/** Ports that are shown, in turns. */
const SHOWN = 200;

export const loadBenchmarks = ({ clients, seconds, deleted }: LoadSizes): Benchmark[] =>
  clients.flatMap((number) =>
    (['create', 'show', 'delete'] as const).map((verb) => ({
      id: `load-${verb}-${number}`,
      title: `load: ${verb} a port, SLAAC, ${number === 1 ? '1 client' : `${number} clients`}`,
      run: (workspace, signal, { pid }) =>
        underLoad({ workspace, signal, verb, clients: number, seconds, deleted }, pid),
    })),
  );

interface LoadOptions {
  readonly workspace: Workspace;
  readonly signal: AbortSignal;
  readonly verb: LoadVerb;
  readonly clients: number;
  readonly seconds: number;
  readonly deleted: number;
}

async function underLoad(options: LoadOptions, pid: number | undefined): Promise<Summary> {
  const { workspace, signal } = options;
  const networkId = await workspace.network('slaac');
  const access = await workspace.client.access();
  const watched = pid === undefined ? {} : { server: pid, ...(await processesBeside(workspace.client)) };
  const generator = new LoadGenerator();
  await using floor = await startFloor();
  const stop = (): void => generator.close();
  signal.addEventListener('abort', stop);
  try {
    const made = (count: number): Promise<string[]> => workspace.fill(networkId, count, signal);
    const own = { ...access, port: workspace.port(networkId) };
    const figures = await measured(generator, options, own, made, watched);
    signal.throwIfAborted();
    return { ...figures, floor: await ofFloor(generator, options, floor) };
  } finally {
    signal.removeEventListener('abort', stop);
    generator.close();
  }
}

/** The same of the floor: what it costs at least on this machine, now. */
function ofFloor(generator: LoadGenerator, options: LoadOptions, { endpoint, pid }: Floor): Promise<Summary> {
  const server = { endpoint, headers: {}, port: options.workspace.port('none') };
  const made = (count: number): Promise<string[]> => fillFloor(endpoint, server.port, count);
  return measured(generator, options, server, made, { server: pid });
}

async function fillFloor(endpoint: string, port: object, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const answer = await fetch(`${endpoint}/v2.0/ports`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ port }),
    });
    ids.push(((await answer.json()) as { port: { id: string } }).port.id);
  }
  return ids;
}

interface LoadTarget {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What is created. */
  readonly port: object;
}

/** @param made makes so many ports, and gives their ids */
async function measured(
  generator: LoadGenerator,
  { verb, clients, seconds, deleted }: LoadOptions,
  { endpoint, headers, port }: LoadTarget,
  made: (count: number) => Promise<string[]>,
  watched: WatchedProcesses,
): Promise<Summary> {
  const path = `${new URL(endpoint).pathname.replace(/\/$/, '')}/v2.0/ports`;
  const common = { endpoint, headers, clients };
  const itemPaths = async (count: number) => (await made(count)).map((id) => `${path}/${id}`);
  const taskOf = async (count: number): Promise<LoadTask> => {
    switch (verb) {
      case 'create':
        return {
          ...common,
          method: 'POST',
          paths: [path],
          body: JSON.stringify({ port }),
          status: 201,
          count,
          seconds,
        };
      case 'show':
        return { ...common, method: 'GET', paths: await itemPaths(SHOWN), status: 200, count, seconds };
      case 'delete': {
        const paths = await itemPaths(Math.min(count, deleted));
        return { ...common, method: 'DELETE', paths, status: 204, count: paths.length };
      }
    }
  };
  await generator.run(await taskOf(WARM_UP));
  return generator.run(await taskOf(ENDLESS), watched);
}
