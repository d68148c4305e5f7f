/** What the guard costs packets: round trips and throughput between two instances of one host. */
import { ping } from '../src/lab/index.ts';
import { serveIperf3, transferMs } from './iperf3.ts';
import { type PairOptions, withPair } from './pair.ts';
import { type Summary, summarise } from './statistics.ts';

/** Pings that are not counted: flows are being cached. */
const WARM_UP = { count: 20, intervalMs: 10 } as const;
const PINGS = { count: 200, intervalMs: 10 } as const;

const TRANSFERS = 5;

/** Round trips of pings. */
export function roundTrips(options: PairOptions): Promise<Summary> {
  return withPair(options, async (one, other) => {
    await ping(one.instance, other.address, WARM_UP);
    const { roundTrips: samples } = await ping(one.instance, other.address, PINGS);
    if (samples.length === 0) throw new Error('No ping is answered.');
    return summarise(samples);
  });
}

/** Transfers of a gigabit by TCP over IPv6, by iperf3. Throws when that is not installed. */
export function transfers(options: PairOptions): Promise<Summary> {
  return withPair(options, async (one, other) => {
    await serveIperf3(other.instance);
    const samples: number[] = [];
    for (let repeat = 0; repeat < TRANSFERS; repeat++) {
      options.signal.throwIfAborted();
      samples.push(await transferMs(one.instance, other.address));
    }
    return summarise(samples);
  });
}
