/** A switch of a few lines: what flows do with a packet. */
import { Address, type Prefix } from '../../src/addressing/index.ts';
import type { Flow, OnTheWay } from '../../src/openflow/flow.ts';
import type { Match } from '../../src/openflow/match.ts';

type Prefixes = 'ipv4Source' | 'ipv4Destination' | 'ipv6Source' | 'arpSource' | 'keptTarget';

/** A packet as the switch sees it; addresses as text. */
export type Packet = Omit<
  Match,
  Prefixes | 'inPort' | 'network' | 'fragment' | 'ipv6Destination' | 'ndTarget' | 'tunnelSource'
> & {
  tunnelSource?: string;
  ipv4Source?: string;
  ipv4Destination?: string;
  ipv6Source?: string;
  ipv6Destination?: string;
  arpSource?: string;
  ndTarget?: string;
  fragment?: 'first' | 'later';
};

export interface Outcome {
  /** The port by which the packet goes out; undefined when it is dropped. */
  output: number | undefined;
  /** Whether the controller gets a copy. */
  reported: boolean;
  /** The meters that it passed. */
  meters: number[];
  /** The tunnels that it takes: by which port, with which key, to which ends. */
  tunnels?: { by: number; key: number | undefined; to: string[] };
}

/** What the flows of a bridge do with a packet. */
export function outcomeOf(flows: Iterable<Flow>, inPort: number, packet: Packet): Outcome {
  const tables = Map.groupBy(flows, ({ table }) => table);
  const outcome: Outcome = { output: undefined, reported: false, meters: [] };
  const kept: { network?: bigint; keptTarget?: string; tunnelKey?: number } = {};
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
      const { output, report } = decisive.verdict;
      return { ...outcome, output, reported: outcome.reported || report === true };
    }
    if ('tunnel' in decisive.verdict) {
      const { tunnel, to } = decisive.verdict;
      return { ...outcome, tunnels: { by: tunnel, key: kept.tunnelKey, to: to.map(String) } };
    }
    const { continueIn, network, tunnelKey, keepTarget, report, meter }: OnTheWay & { continueIn: number } =
      decisive.verdict;
    if (continueIn <= table) throw new Error(`a packet goes back from table ${table} to ${continueIn}`);
    if (network !== undefined) kept.network = network;
    if (tunnelKey !== undefined) kept.tunnelKey = tunnelKey;
    if (keepTarget && packet.ndTarget !== undefined) kept.keptTarget = packet.ndTarget;
    if (report) outcome.reported = true;
    if (meter !== undefined) outcome.meters.push(meter);
    table = continueIn;
  }
  return outcome;
}

type Seen = Packet & { inPort: number; network?: bigint; keptTarget?: string };

function matches({ fragment, ...match }: Match, packet: Seen): boolean {
  if (fragment === 'any' && packet.fragment === undefined) return false;
  if (fragment === 'none' && packet.fragment !== undefined) return false;
  if (fragment === 'not-later' && packet.fragment === 'later') return false;
  return Object.entries(match).every(([field, wanted]) => {
    const seen = (packet as Record<string, unknown>)[field];
    if (seen === undefined) return false;
    return isPrefix(wanted) ? wanted.contains(Address.parse(String(seen))) : String(wanted) === String(seen);
  });
}

const isPrefix = (value: unknown): value is Prefix =>
  typeof value === 'object' && value !== null && 'contains' in value;

const verdict = (flow: Flow): string => text({ ...flow, table: 0, match: {} });

const text = (flow: Flow): string =>
  JSON.stringify(flow, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
