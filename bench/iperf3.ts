/** Transfers between instances by iperf3, which is not installed by itself. */
import type { Address } from '../src/addressing/index.ts';
import type { LabInstance } from '../src/lab/index.ts';

/** Octets of one transfer. */
const TRANSFER_OCTETS = 125_000_000;
/** Octets that small packets carry, and for how many seconds they are sent as fast as the sender can. */
const SMALL = { octets: 64, seconds: 2 } as const;
const PATIENCE_MS = 60_000;
const MISSING = 'iperf3 does not run: the Debian package iperf3 has it.';

/**
 * Starts a server, which ends with the instance.
 * @throws Error when iperf3 is not installed
 */
export async function serveIperf3(on: LabInstance): Promise<void> {
  const server = on.spawn(['iperf3', '--server', '--forceflush']);
  const failed = new Promise<never>((_, reject) => server.once('exit', () => reject(new Error(MISSING))));
  const listening = new Promise<void>((resolve) => server.stdout!.once('data', () => resolve()));
  await Promise.race([listening, failed]);
  failed.catch(() => {});
}

/**
 * Sends a gigabit by TCP.
 * @param source of those that the sender has; the one that it chooses itself when left out
 * @returns milliseconds
 */
export async function transferMs(from: LabInstance, target: Address, source?: Address): Promise<number> {
  const report = await iperf3(from, target, source, '-n', String(TRANSFER_OCTETS));
  return transferSeconds(report) * 1_000;
}

/** Packets that arrived, and for how many seconds they were sent. */
export interface ArrivedPackets {
  readonly arrived: number;
  readonly seconds: number;
}

/** Sends small packets by UDP, more than get through. */
export async function floodedPackets(
  from: LabInstance,
  target: Address,
  source?: Address,
): Promise<ArrivedPackets> {
  const sent = ['-u', '-b', '0', '-l', String(SMALL.octets), '-t', String(SMALL.seconds)];
  return arrivedPackets(await iperf3(from, target, source, ...sent));
}

async function iperf3(
  from: LabInstance,
  target: Address,
  source: Address | undefined,
  ...words: string[]
): Promise<string> {
  const bound = source === undefined ? [] : ['-B', `${source}`];
  const command = ['iperf3', '-6', '-c', `${target}`, ...bound, ...words, '--json'];
  return (await from.tryRun(command, PATIENCE_MS)).stdout;
}

/** The seconds that a transfer took, in iperf3's report. Throws when it has none. */
export function transferSeconds(report: string): number {
  const { end, error }: { end?: { sum_received?: { seconds?: number } }; error?: string } =
    JSON.parse(report);
  const seconds = end?.sum_received?.seconds;
  if (seconds === undefined) throw new Error(`iperf3: ${error ?? 'no figures'}`);
  return seconds;
}

/** The packets that arrived, in iperf3's report of UDP. Throws when it has none. */
export function arrivedPackets(report: string): ArrivedPackets {
  const { end, error }: { end?: { sum?: Partial<Record<string, number>> }; error?: string } =
    JSON.parse(report);
  const { packets, lost_packets: lost, seconds } = end?.sum ?? {};
  if (packets === undefined || lost === undefined || seconds === undefined)
    throw new Error(`iperf3: ${error ?? 'no figures'}`);
  return { arrived: packets - lost, seconds };
}
