/** What the guard costs packets: round trips and throughput between two instances of one host. */
import { ping } from '../src/lab/index.ts';
import { type PairOptions, withPair } from './pair.ts';
import { type Summary, summarise } from './statistics.ts';

/** Pings that are not counted: flows are being cached. */
const WARM_UP = { count: 20, intervalMs: 10 } as const;
const PINGS = { count: 200, intervalMs: 10 } as const;

/** Octets of one transfer, and how many of them. */
const TRANSFER = { octets: 125_000_000, repeats: 5 } as const;
const PATIENCE_MS = 60_000;

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
    const server = other.instance.spawn(['iperf3', '--server', '--forceflush']);
    const failed = new Promise<never>((_, reject) => server.once('exit', () => reject(new Error(MISSING))));
    const listening = new Promise<void>((resolve) => server.stdout!.once('data', () => resolve()));
    await Promise.race([listening, failed]);
    failed.catch(() => {});
    const samples: number[] = [];
    for (let repeat = 0; repeat < TRANSFER.repeats; repeat++) {
      options.signal.throwIfAborted();
      const command = ['iperf3', '-6', '-c', `${other.address}`, '-n', `${TRANSFER.octets}`, '--json'];
      const { stdout } = await one.instance.tryRun(command, PATIENCE_MS);
      samples.push(transferSeconds(stdout) * 1_000);
    }
    return summarise(samples);
  });
}

const MISSING = 'iperf3 does not run: the Debian package iperf3 has it.';

/** The seconds that a transfer took, in iperf3's report. Throws when it has none. */
export function transferSeconds(report: string): number {
  const { end, error }: { end?: { sum_received?: { seconds?: number } }; error?: string } =
    JSON.parse(report);
  const seconds = end?.sum_received?.seconds;
  if (seconds === undefined) throw new Error(`iperf3: ${error ?? 'no figures'}`);
  return seconds;
}
