/** Echo requests, by the distribution's ping. */
import type { Address } from '../../addressing/index.ts';
import type { LabInstance } from '../instance/instance.ts';
import { withPatience } from '../wait.ts';

export interface PingOptions {
  /** How many requests; 1 if not given. */
  readonly count?: number;
  /** Milliseconds between them; 50 if not given. */
  readonly intervalMs?: number;
  /** Milliseconds to wait for the last answer; 1000 if not given. */
  readonly patienceMs?: number;
  /** Octets of the whole IP packet; that of 56 octets of data if not given. */
  readonly packetSize?: number;
  /**
   * Not even the sender may fragment. Once it knows of a smaller path MTU, it refuses by itself, and the error is
   * its own: `message too long, mtu: 1400`.
   */
  readonly unfragmented?: boolean;
  readonly source?: Address;
  /** Device to send from: a link-local target needs one. */
  readonly device?: string;
}

export interface PingResult {
  readonly sent: number;
  readonly received: number;
  /** Milliseconds from each answered request to its answer. */
  readonly roundTrips: readonly number[];
  /** What came back instead of answers: `Packet too big: mtu=1400`. */
  readonly errors: readonly string[];
}

/** Headers that a ping adds to its data: IP and ICMP. */
const HEADERS = { 4: 28, 6: 48 } as const;
/** Longest run of the command beyond what it was asked to wait. */
const GRACE_MS = 5_000;

/** Pings from an instance. That there is no answer, or no route, is a result, not an error. */
export async function ping(
  from: LabInstance,
  target: Address,
  options: PingOptions = {},
): Promise<PingResult> {
  const { count = 1, intervalMs = 50, patienceMs = 1000, packetSize, unfragmented, source, device } = options;
  const command = ['ping', '-n', `-${target.family}`, '-c', String(count), '-i', String(intervalMs / 1000)];
  command.push('-W', String(patienceMs / 1000));
  if (packetSize !== undefined) command.push('-s', String(packetSize - HEADERS[target.family]));
  if (unfragmented) command.push('-M', 'do');
  if (source !== undefined) command.push('-I', source.toString());
  if (device !== undefined) command.push('-I', device);
  const longest = count * intervalMs + patienceMs + withPatience(GRACE_MS);
  const { stdout, stderr } = await from.tryRun([...command, target.toString()], longest);
  return parsePing(`${stdout}${stderr}`, count);
}

/** Reads the output of iputils' ping. `count` is how many requests it was to send. */
export function parsePing(output: string, count: number): PingResult {
  const lines = output.split('\n');
  const roundTrips = lines.flatMap((line) => {
    const time = /^\d+ bytes from .* time=([\d.]+) ms/.exec(line);
    return time && !line.includes('DUP!') ? [Number(time[1])] : [];
  });
  const errors = lines.flatMap((line) => {
    const icmp = /^From \S+ icmp_seq=\d+ (.+)$/.exec(line);
    const local = /^ping: (?!Warning: )(?:local error: |sendmsg: |connect: )?(.+)$/.exec(line);
    return (icmp ?? local)?.slice(1, 2) ?? [];
  });
  const summary = /(\d+) packets transmitted, (\d+) received/.exec(output);
  return {
    sent: Number(summary?.[1] ?? count),
    received: Number(summary?.[2] ?? 0),
    roundTrips,
    errors: [...new Set(errors)],
  };
}
