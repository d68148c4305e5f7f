/** Flows of a switch: their encoding in modifications, and what the switch says it has (ONF TS-012). Pure. */
import type { Address, Mac } from '../addressing/index.ts';
import {
  encodeOutput,
  lookAgain,
  moveTarget,
  popVlan,
  pushVlan,
  setField,
  setSome,
  trackConnection,
} from './actions.ts';
import { encodeLearning, type Learned, type Learning, learnedCookies } from './learning.ts';
import {
  type AddressBits,
  canonicalMatch,
  encodeMatch,
  ethernetField,
  ipv6Target,
  type Match,
  matchLength,
  networkField,
  stepField,
  tunnelEndField,
  tunnelKeyField,
  vlanField,
  zoneField,
} from './match.ts';

/** What happens to a packet that a flow matches. */
export type FlowVerdict =
  | Drop
  | ({ /** Go on in a later table. */ continueIn: number } & OnTheWay)
  /** Send it out of a port, by OpenFlow number. */
  | {
      output: number;
      report?: true /** Drops what is too much. */;
      meter?: number;
      /** Puts the tag of this VLAN on, or takes the one off that is there. */
      tag?: number | 'off';
      /** Has it remembered by which tunnel its sender is reached. */
      learn?: Learning;
    }
  /** Send a copy of it to each of these ends of tunnels, out of the port of all tunnels of a kind. */
  | { tunnel: number; to: readonly Address[] };

/** The packet ends here. */
export interface Drop {
  drop: true;
  /** Number, of 8 bits, of why: it is told with what the flow has dropped. */
  reason?: number;
  /** A copy goes to the controller. */
  report?: true;
  /** Number of one that limits the copies. */
  meter?: number;
}

/** What happens to a packet before it goes on. */
export interface OnTheWay {
  /** Number of a meter, which drops what is too much. */
  meter?: number;
  /** Puts down the number, of 64 bits, of the sender's network. */
  network?: bigint;
  /** Puts down the zone, of 16 bits, whose connections are looked at. */
  zone?: number;
  /**
   * Looks in that zone for the packet's connection, which later tables then match; or remembers it there, if there is
   * none: what comes back then is its answer.
   */
  track?: 'look' | 'remember';
  /** Puts down the key of the tunnel that it is to take. */
  tunnelKey?: number;
  /** Puts down the target of Neighbour Discovery for later tables, which can look at it whatever the message is. */
  keepTarget?: true;
  /** Puts down what was done, for later tables. */
  step?: number;
  /** Changes some bits of an IPv6 address; what sums depend on them, the switch changes, too. */
  ipv6?: AddressBits;
  /** Gives the frame these MAC addresses. */
  ethernet?: { readonly source: Mac; readonly destination: Mac };
  /** A copy goes to the controller. */
  report?: true;
  /** How many packets it has let through is asked for. */
  counted?: true;
  /**
   * Looks the packet up anew for the later table. Open vSwitch caches a decision under all fields that its making
   * looked at; what comes before this is cached by itself. So a flood that a meter stops here costs one cached
   * decision, not one for each of its packets.
   */
  lookUpAnew?: true;
}

/** A rule: in its table, the flow of the highest priority that matches decides. */
export interface Flow {
  table: number;
  priority: number;
  match: Match;
  verdict: FlowVerdict;
}

/** A flow as it is on the wire. */
export interface EncodedFlow {
  table: number;
  priority: number;
  /** Encoded, padded. */
  match: Buffer;
  /** Encoded. */
  instructions: Buffer;
  /** What the switch keeps for its controller: see {@link REASONED}. */
  cookie: number;
}

/** A flow of a switch, and how many packets it has decided about. */
export interface CountedFlow extends EncodedFlow {
  packets: number;
}

/** Why packets were dropped by a flow, and how many. */
export interface CountedDrop {
  /** Tells the flow from others. */
  flow: string;
  reason: number;
  packets: number;
}

/** ofp_flow_mod_command (section 7.3.4.1). */
export const FlowCommand = { ADD: 0, DELETE: 3, DELETE_STRICT: 4 } as const;

const ANY = 0xffffffff; // port, group, buffer
const ALL_TABLES = 0xff;
/** The bit of the cookies of flows that drop for a reason, whose number is in the bits below. */
const REASONED = 0x100;
/** The bit of the cookies of flows that are counted. */
const COUNTED = 0x200;
const NORMAL_LENGTH = 40;
const STATISTICS_LENGTH = 48;
/** Instructions (section 7.2.4), in the order in which switches list them. */
const Instruction = { METER: 6, APPLY_ACTIONS: 4, GOTO_TABLE: 1 } as const;
const CONTROLLER = 0xfffffffd;
/** How much of a packet the controller gets: all of it. */
const WHOLE = 0xffff;

export function encodeFlow({ table, priority, match, verdict }: Flow): EncodedFlow {
  return {
    table,
    priority,
    match: encodeMatch(match),
    instructions: encodeVerdict(verdict),
    cookie: cookieOf(verdict),
  };
}

function cookieOf(verdict: FlowVerdict): number {
  if ('drop' in verdict) return verdict.reason === undefined ? 0 : REASONED | verdict.reason;
  return 'counted' in verdict ? COUNTED : 0;
}

/** Which flow it is: adding one with the same identity replaces the one that is there. */
export function flowIdentity({ table, priority, match }: EncodedFlow): string {
  return `${table} ${priority} ${canonicalMatch(match)}`;
}

/** The identity that a flow has on the switch. */
export const identityOf = (flow: Flow): string => flowIdentity(encodeFlow(flow));

/** Whether two flows of the same identity say the same. */
export const isSameFlow = (one: EncodedFlow | undefined, other: EncodedFlow): boolean =>
  one !== undefined && one.cookie === other.cookie && one.instructions.equals(other.instructions);

/** The body of a modification. ADD takes the flow in, DELETE_STRICT removes the one of the same identity. */
export function encodeFlowMod(flow: EncodedFlow, command: number): Buffer {
  const fixed = Buffer.alloc(NORMAL_LENGTH);
  fixed.writeUInt32BE(flow.cookie, 4);
  fixed.writeUInt8(flow.table, 16);
  fixed.writeUInt8(command, 17);
  fixed.writeUInt16BE(flow.priority, 22);
  fixed.writeUInt32BE(ANY, 24);
  fixed.writeUInt32BE(ANY, 28);
  fixed.writeUInt32BE(ANY, 32);
  return Buffer.concat([fixed, flow.match, flow.instructions]);
}

/** The body of a modification that has the switch forget what it has learned. */
export function encodeForgetting(learned: Learned): Buffer {
  const { table, cookie, mask } = learnedCookies(learned);
  const body = encodeFlowMod(
    {
      table: table ?? ALL_TABLES,
      priority: 0,
      match: encodeMatch({}),
      instructions: Buffer.alloc(0),
      cookie: 0,
    },
    FlowCommand.DELETE,
  );
  body.writeBigUInt64BE(cookie, 0);
  body.writeBigUInt64BE(mask, 8);
  return body;
}

/**
 * The body of a request for flows (ofp_flow_stats_request, section 7.3.5.2).
 * @param which all of them, or those that drop for a reason, or those that are counted
 */
export function encodeFlowStatisticsRequest(which: 'all' | 'reasoned' | 'counted' = 'all'): Buffer {
  const request = Buffer.alloc(32);
  request.writeUInt8(ALL_TABLES, 0);
  request.writeUInt32BE(ANY, 4);
  request.writeUInt32BE(ANY, 8);
  const bit = { all: 0, reasoned: REASONED, counted: COUNTED }[which];
  for (const at of [20, 28]) request.writeUInt32BE(bit, at); // cookie and mask
  return Buffer.concat([request, encodeMatch({})]);
}

/** The flows in the body of an answer to that (ofp_flow_stats). */
export function decodeFlowStatistics(body: Buffer): CountedFlow[] {
  const flows: CountedFlow[] = [];
  for (let at = 0; at < body.length; ) {
    const entry = body.subarray(at, at + body.readUInt16BE(at));
    const afterMatch = STATISTICS_LENGTH + matchLength(entry.subarray(STATISTICS_LENGTH));
    flows.push({
      table: entry.readUInt8(2),
      priority: entry.readUInt16BE(12),
      match: entry.subarray(STATISTICS_LENGTH, afterMatch),
      instructions: entry.subarray(afterMatch),
      cookie: entry.readUInt32BE(28),
      packets: Number(entry.readBigUInt64BE(32)),
    });
    at += entry.length;
  }
  return flows;
}

/** What flows that drop for a reason have dropped. */
export const dropsOf = (flows: readonly CountedFlow[]): CountedDrop[] =>
  flows
    .filter(({ cookie }) => (cookie & REASONED) !== 0)
    .map((flow) => ({ flow: flowIdentity(flow), reason: flow.cookie & 0xff, packets: flow.packets }));

function encodeVerdict(verdict: FlowVerdict): Buffer {
  if ('drop' in verdict) {
    const { meter, report } = verdict;
    return Buffer.concat([
      ...metered(meter),
      ...(report ? [applyActions(encodeOutput(CONTROLLER, WHOLE))] : []),
    ]);
  }
  if ('output' in verdict) {
    const { output, report, meter, learn, tag } = verdict;
    const before = [
      ...(report ? [encodeOutput(CONTROLLER, WHOLE)] : []),
      ...(learn ? [encodeLearning(learn)] : []),
      ...(tag === undefined ? [] : tag === 'off' ? [popVlan()] : [pushVlan(), setField(vlanField(tag))]),
    ];
    return Buffer.concat([...metered(meter), applyActions(...before, encodeOutput(output))]);
  }
  if ('tunnel' in verdict) {
    const copies = verdict.to.flatMap((end) => [
      setField(tunnelEndField('destination', end)),
      encodeOutput(verdict.tunnel),
    ]);
    return copies.length === 0 ? Buffer.alloc(0) : applyActions(...copies);
  }
  const { continueIn, meter, network, tunnelKey, keepTarget, report, lookUpAnew } = verdict;
  const { step, ipv6, ethernet, zone, track } = verdict;
  const actions: Buffer[] = [];
  if (ethernet)
    for (const end of ['source', 'destination'] as const)
      actions.push(setField(ethernetField(end, ethernet[end])));
  if (ipv6) actions.push(setSome(ipv6Target(ipv6)));
  if (step !== undefined) actions.push(setField(stepField(step)));
  if (tunnelKey !== undefined) actions.push(setField(tunnelKeyField(tunnelKey)));
  if (network !== undefined) actions.push(setField(networkField(network)));
  if (zone !== undefined) actions.push(setField(zoneField(zone)));
  if (keepTarget) actions.push(moveTarget());
  if (report) actions.push(encodeOutput(CONTROLLER, WHOLE));
  if (lookUpAnew) actions.push(lookAgain(continueIn));
  if (track) actions.push(trackConnection(continueIn, track));
  return Buffer.concat([
    ...metered(meter),
    ...(actions.length === 0 ? [] : [applyActions(...actions)]),
    ...(lookUpAnew || track ? [] : [instruction(Instruction.GOTO_TABLE, Buffer.from([continueIn, 0, 0, 0]))]),
  ]);
}

const metered = (meter: number | undefined): Buffer[] =>
  meter === undefined ? [] : [instruction(Instruction.METER, uint32(meter))];

function instruction(type: number, body: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(header.length + body.length, 2);
  return Buffer.concat([header, body]);
}

function applyActions(...actions: readonly Buffer[]): Buffer {
  return instruction(Instruction.APPLY_ACTIONS, Buffer.concat([uint32(0), ...actions]));
}

function uint32(value: number): Buffer {
  const encoded = Buffer.alloc(4);
  encoded.writeUInt32BE(value, 0);
  return encoded;
}
