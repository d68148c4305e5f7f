/** How much gets through a router's gateway, by each way and by plain routing in turns: TCP, and small packets. */
import { floodedPackets, serveIperf3, transferMs } from '../iperf3.ts';
import { processCpu } from '../process-figures.ts';
import { processesBeside } from '../processes-beside.ts';
import { type Summary, summarise } from '../statistics.ts';
import { type GatewayWay, routed, type WayEnds } from './ways.ts';
import { type GatewayOptions, type GatewayWorld, withGateway } from './world.ts';

const REPEATS = 5;
/** A transfer is of so many megabits, a sample of so many packets. */
const [MEGABITS, PACKETS] = [1_000, 1_000];

/** What is sent. */
export interface LoadKind {
  /** How much a sample is the milliseconds of. */
  readonly of: number;
  /** Sends it, or a multiple of it: how long it took for as much, and which multiple it was. */
  sample(world: GatewayWorld, path: WayEnds): Promise<{ ms: number; amount: number }>;
}

/** A gigabit by TCP: milliseconds, and megabits a second. */
export const byTcp: LoadKind = {
  of: MEGABITS,
  sample: async ({ guest }, { source, target }) => ({
    ms: await transferMs(guest, target, source),
    amount: 1,
  }),
};

/** Small packets: milliseconds for a thousand that arrive, and packets a second. */
export const byPackets: LoadKind = {
  of: PACKETS,
  async sample({ guest }, { source, target }) {
    const { arrived, seconds } = await floodedPackets(guest, target, source);
    return { ms: (seconds * 1_000 * PACKETS) / arrived, amount: arrived / PACKETS };
  },
};

/** Programs of a host that packets take CPU of. */
const WORKERS: ReadonlySet<string> = new Set(['ovs-vswitchd', 'host']);

/** What was taken of a path. */
class Samples {
  readonly #kind: LoadKind;
  readonly #workers: readonly (readonly [string, number])[];
  readonly #taken: number[] = [];
  readonly #cpu = new Map<string, number>();

  constructor(kind: LoadKind, workers: readonly (readonly [string, number])[]) {
    this.#kind = kind;
    this.#workers = workers;
  }

  async take(world: GatewayWorld, path: WayEnds, counts: boolean): Promise<void> {
    const before = this.#workers.map(([, pid]) => processCpu(pid) ?? 0);
    const { ms, amount } = await this.#kind.sample(world, path);
    if (!counts) return;
    this.#taken.push(ms);
    for (const [index, [name, pid]] of this.#workers.entries()) {
      const spent = ((processCpu(pid) ?? 0) - before[index]!) / amount;
      this.#cpu.set(name, (this.#cpu.get(name) ?? 0) + spent);
    }
  }

  get summary(): Summary {
    const summary = summarise(this.#taken);
    const cpu = Array.from(this.#cpu, ([name, spent]) => [name, spent / summary.samples] as const);
    return {
      ...summary,
      perSecond: (this.#kind.of * 1_000) / summary.median,
      cpu: Object.fromEntries(cpu),
    };
  }
}

/** Measures a way; beside it plain routing as its floor, unless it is that itself. */
export function throughput(way: GatewayWay, kind: LoadKind, options: GatewayOptions): Promise<Summary> {
  return withGateway(options, async (world) => {
    await serveIperf3(world.outside);
    const beside = Object.entries(await processesBeside(options.workspace.client));
    const workers = beside.filter(([name]) => WORKERS.has(name));
    const floor = await routed(world);
    const own = way === routed ? floor : await way(world);
    const all = new Map([own, floor].map((path) => [path, new Samples(kind, workers)]));
    // The first of each is not counted: flows are being cached.
    for (let repeat = 0; repeat <= REPEATS; repeat++)
      for (const [path, samples] of all) {
        options.signal.throwIfAborted();
        await samples.take(world, path, repeat > 0);
      }
    const summary = all.get(own)!.summary;
    return own === floor ? summary : { ...summary, floor: all.get(floor)!.summary };
  });
}
