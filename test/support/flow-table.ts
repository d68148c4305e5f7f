/** A switch of a few lines: what flows do with a packet. */
import { Address, type Prefix } from '../../src/addressing/index.ts';
import type { Flow, OnTheWay } from '../../src/openflow/flow.ts';
import type { AddressBits, ConnectionPart, Match } from '../../src/openflow/match.ts';

type Prefixes =
  | 'ipv4Source'
  | 'ipv4Destination'
  | 'ipv6Source'
  | 'ipv6Destination'
  | 'arpSource'
  | 'keptTarget';

/** A packet as the switch sees it; addresses as text. */
export type Packet = Omit<
  Match,
  | Prefixes
  | 'inPort'
  | 'network'
  | 'fragment'
  | 'ipv6Bits'
  | 'step'
  | 'ndTarget'
  | 'tunnelSource'
  | 'connection'
  | 'destinationPorts'
> & {
  tunnelSource?: string;
  ipv4Source?: string;
  ipv4Destination?: string;
  ipv6Source?: string;
  ipv6Destination?: string;
  arpSource?: string;
  ndTarget?: string;
  fragment?: 'first' | 'later';
  tcpDestination?: number;
  /** What the switch finds in its zone, when it looks. */
  connection?: ConnectionPart;
};

export interface Outcome {
  /** The port by which the packet goes out; undefined when it is dropped. */
  output: number | undefined;
  /** Whether the controller gets a copy. */
  reported: boolean;
  /** The meters that it passed. */
  meters: number[];
  /** The zone in which its connection is remembered, if it is. */
  remembered?: number;
  /** What it is then, if that is another. */
  packet?: Packet;
  /** The tunnels that it takes: by which port, with which key, to which ends. */
  tunnels?: { by: number; key: number | undefined; to: string[] };
}

/** What the flows of a bridge do with a packet. */
export function outcomeOf(flows: Iterable<Flow>, inPort: number, sent: Packet): Outcome {
  const packet = { ...sent };
  let isChanged = false;
  const tables = Map.groupBy(flows, ({ table }) => table);
  const outcome: Outcome = { output: undefined, reported: false, meters: [] };
  const kept: Kept = {};
  for (let table: number | undefined = 0; table !== undefined; ) {
    const [decisive, other] = (tables.get(table) ?? [])
      .filter(({ match }) => matches(match, { ...packet, ...kept, inPort }))
      .sort((a, b) => b.priority - a.priority);
    if (decisive === undefined) return outcome;
    if ('drop' in decisive.verdict) {
      const { report, meter: limit } = decisive.verdict;
      const meters = limit === undefined ? outcome.meters : [...outcome.meters, limit];
      return { ...outcome, reported: outcome.reported || report === true, meters };
    }
    if (other?.priority === decisive.priority && verdict(other) !== verdict(decisive))
      throw new Error(
        `two flows of the same priority decide in table ${table}: ${text(decisive)}, ${text(other)}`,
      );
    if ('output' in decisive.verdict) {
      const { output, report, meter: limit } = decisive.verdict;
      const meters = limit === undefined ? outcome.meters : [...outcome.meters, limit];
      const reported = outcome.reported || report === true;
      return { ...outcome, output, reported, meters, ...(isChanged && { packet }) };
    }
    if ('tunnel' in decisive.verdict) {
      const { tunnel, to } = decisive.verdict;
      return { ...outcome, tunnels: { by: tunnel, key: kept.tunnelKey, to: to.map(String) } };
    }
    const { continueIn, network, tunnelKey, keepTarget, report, meter }: OnTheWay & { continueIn: number } =
      decisive.verdict;
    if (continueIn <= table) throw new Error(`a packet goes back from table ${table} to ${continueIn}`);
    if (network !== undefined) kept.network = network;
    track(outcome, kept, packet, decisive.verdict);
    if (tunnelKey !== undefined) kept.tunnelKey = tunnelKey;
    if (keepTarget && packet.ndTarget !== undefined) kept.keptTarget = packet.ndTarget;
    if (change(packet, decisive.verdict)) isChanged = true;
    if (decisive.verdict.step !== undefined) kept.step = decisive.verdict.step;
    if (report) outcome.reported = true;
    if (meter !== undefined) outcome.meters.push(meter);
    table = continueIn;
  }
  return outcome;
}

interface Kept {
  network?: bigint;
  keptTarget?: string;
  tunnelKey?: number;
  step?: number;
  zone?: number;
  found?: ConnectionPart | undefined;
}

function track(outcome: Outcome, kept: Kept, { connection }: Packet, { zone, track }: OnTheWay): void {
  if (zone !== undefined) kept.zone = zone;
  if (track === undefined) return;
  if (kept.zone === undefined) throw new Error('a connection is looked for in no zone');
  if (track === 'remember') outcome.remembered = kept.zone;
  kept.found = connection;
}

/** @returns whether it is another now */
function change(packet: Packet, { ipv6, ethernet }: OnTheWay): boolean {
  if (ethernet) [packet.ethernetSource, packet.ethernetDestination] = [ethernet.source, ethernet.destination];
  if (ipv6 === undefined) return ethernet !== undefined;
  const side = sideOf(ipv6);
  const { value } = Address.parse(packet[side] ?? '');
  packet[side] = `${Address.of(6, (value & ~ipv6.mask) | (ipv6.value & ipv6.mask))}`;
  return true;
}

const sideOf = ({ of }: AddressBits) => (of === 'source' ? 'ipv6Source' : 'ipv6Destination');

type Seen = Packet & Kept & { inPort: number };

function matches(
  { fragment, ipv6Bits, connection, destinationPorts, ...match }: Match,
  packet: Seen,
): boolean {
  if (connection !== undefined && packet.found !== connection) return false;
  if (destinationPorts !== undefined) {
    const { protocol, value, mask } = destinationPorts;
    const port = protocol === 'tcp' ? packet.tcpDestination : packet.udpDestination;
    if (port === undefined || (port & mask) !== value) return false;
  }
  if (ipv6Bits !== undefined) {
    const { value } = Address.parse(packet[sideOf(ipv6Bits)] ?? '');
    if ((value & ipv6Bits.mask) !== ipv6Bits.value) return false;
  }
  if (fragment === 'any' && packet.fragment === undefined) return false;
  if (fragment === 'none' && packet.fragment !== undefined) return false;
  if (fragment === 'not-later' && packet.fragment === 'later') return false;
  return Object.entries(match).every(([field, wanted]) => {
    const seen = (packet as unknown as Record<string, unknown>)[field];
    if (seen === undefined) return false;
    return isPrefix(wanted) ? wanted.contains(Address.parse(String(seen))) : String(wanted) === String(seen);
  });
}

const isPrefix = (value: unknown): value is Prefix =>
  typeof value === 'object' && value !== null && 'contains' in value;

const verdict = (flow: Flow): string => text({ ...flow, table: 0, match: {} });

const text = (flow: Flow): string =>
  JSON.stringify(flow, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
