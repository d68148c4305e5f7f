/** Flows of a switch: their encoding in modifications, and what the switch says it has (ONF TS-012). Pure. */
import type { Address, Family } from '../addressing/index.ts';
import {
  canonicalMatch,
  ETHERNET_DESTINATION_FIELD,
  ETHERNET_SOURCE_FIELD,
  encodeMatch,
  type FieldHeader,
  IN_PORT_FIELD,
  KEPT_TARGET_HEADER,
  type Match,
  matchLength,
  networkField,
  TARGET_HEADER,
  TUNNEL_KEY_FIELD,
  tunnelEndField,
  tunnelEndHeader,
  tunnelKeyField,
} from './match.ts';
import { padded } from './message.ts';

/** What happens to a packet that a flow matches. */
export type FlowVerdict =
  | Drop
  | ({ /** Go on in a later table. */ continueIn: number } & OnTheWay)
  /** Send it out of a port, by OpenFlow number. */
  | {
      output: number;
      report?: true /** Drops what is too much. */;
      meter?: number;
      /** Has it remembered by which tunnel its sender is reached. */
      learn?: Learning;
    }
  /** Send a copy of it to each of these ends of tunnels, out of the port of all tunnels of a kind. */
  | { tunnel: number; to: readonly Address[] };

/**
 * Open vSwitch makes flows by itself (`learn` in ovs-actions(7)): whatever goes to the Ethernet address that this packet
 * is from, in the tunnel with this key, is sent to where it came from.
 */
export interface Learning {
  /** Where the flows are made; of what was learned there for one key there is a limited number. */
  table: number;
  priority: number;
  /** Of the addresses of tunnels' ends. */
  family: Family;
  key: number;
  /** Seconds after which what was not seen again is forgotten. */
  seconds: number;
  most: number;
}

/** Which learned flows: all, or those that were learned for a key in a table. */
export type Learned = 'all' | Pick<Learning, 'table' | 'key'>;

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
  /** Puts down the key of the tunnel that it is to take. */
  tunnelKey?: number;
  /** Puts down the target of Neighbour Discovery for later tables, which can look at it whatever the message is. */
  keepTarget?: true;
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
const EVERY_BIT = 0xffff_ffff_ffff_ffffn;
/** The bit of the cookies of flows that drop for a reason, whose number is in the bits below. */
const REASONED = 0x100;
/** The bit of the cookies of flows that are counted. */
const COUNTED = 0x200;
/** The bit of the cookies of flows that the switch has learned; the key is above the lower 32 bits. */
const LEARNED = 0x400;
const NORMAL_LENGTH = 40;
const STATISTICS_LENGTH = 48;
/** Instructions (section 7.2.4), in the order in which switches list them. */
const Instruction = { METER: 6, APPLY_ACTIONS: 4, GOTO_TABLE: 1 } as const;
const OUTPUT = 0;
const SET_FIELD = 25;
const CONTROLLER = 0xfffffffd;
/** How much of a packet the controller gets: all of it. */
const WHOLE = 0xffff;
/** Actions of Open vSwitch's own (nicira-ext.h, ovs-actions(7)). */
const VENDOR_ACTION = 0xffff;
const NICIRA_VENDOR = 0x2320;
const MOVE = 6;
const CONNECTION_TRACKING = 35;
const LEARN = 45;

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
  const [table, cookie, mask] =
    learned === 'all'
      ? [ALL_TABLES, BigInt(LEARNED), BigInt(LEARNED)]
      : [learned.table, learnedCookie(learned.key), EVERY_BIT];
  const body = encodeFlowMod(
    { table, priority: 0, match: encodeMatch({}), instructions: Buffer.alloc(0), cookie: 0 },
    FlowCommand.DELETE,
  );
  body.writeBigUInt64BE(cookie, 0);
  body.writeBigUInt64BE(mask, 8);
  return body;
}

/** Whether a flow is one that the switch has learned. */
export const isLearned = (cookie: number): boolean => (cookie & LEARNED) !== 0;

const learnedCookie = (key: number): bigint => (BigInt(key) << 32n) | BigInt(LEARNED);

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
    const { output, report, meter, learn } = verdict;
    const before = [
      ...(report ? [encodeOutput(CONTROLLER, WHOLE)] : []),
      ...(learn ? [encodeLearning(learn)] : []),
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
  const actions: Buffer[] = [];
  if (tunnelKey !== undefined) actions.push(setField(tunnelKeyField(tunnelKey)));
  if (network !== undefined) actions.push(setField(networkField(network)));
  if (keepTarget) actions.push(moveTarget());
  if (report) actions.push(encodeOutput(CONTROLLER, WHOLE));
  if (lookUpAnew) actions.push(trackConnection(continueIn));
  return Buffer.concat([
    ...metered(meter),
    ...(actions.length === 0 ? [] : [applyActions(...actions)]),
    ...(lookUpAnew ? [] : [instruction(Instruction.GOTO_TABLE, Buffer.from([continueIn, 0, 0, 0]))]),
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

function setField(field: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(SET_FIELD, 0);
  const action = padded(Buffer.concat([header, field]));
  action.writeUInt16BE(action.length, 2);
  return action;
}

/**
 * The action that sends a packet out of a port.
 * @param maximumLength how much of it, where the port is the controller
 */
export function encodeOutput(port: number, maximumLength = 0): Buffer {
  const action = Buffer.alloc(16);
  action.writeUInt16BE(OUTPUT, 0);
  action.writeUInt16BE(action.length, 2);
  action.writeUInt32BE(port, 4);
  action.writeUInt16BE(maximumLength, 8);
  return action;
}

/** Open vSwitch's `ct(table=N)`, without a commit: the packet goes on in the table, and no connection is kept. */
function trackConnection(table: number): Buffer {
  const action = vendorAction(CONNECTION_TRACKING);
  action.writeUInt8(table, 18);
  return action;
}

/** Open vSwitch's `move`, of all bits of a target. */
function moveTarget(): Buffer {
  const action = vendorAction(MOVE);
  action.writeUInt16BE(128, 10);
  action.writeUInt32BE(TARGET_HEADER, 16);
  action.writeUInt32BE(KEPT_TARGET_HEADER, 20);
  return action;
}

/** What of a learned flow a specification is about (nicira-ext.h, NXAST_LEARN), in bits 11 and 12 of its header. */
const Specification = { MATCH: 0, LOAD: 1, OUTPUT: 2 } as const;

/** Open vSwitch's `learn`, with a limit. */
function encodeLearning({ table, priority, family, key, seconds, most }: Learning): Buffer {
  const fixed = vendorAction(LEARN, 40);
  fixed.writeUInt16BE(seconds, 12); // hard_timeout, from when it was last learned
  fixed.writeUInt16BE(priority, 14);
  fixed.writeBigUInt64BE(learnedCookie(key), 16);
  fixed.writeUInt8(table, 26);
  fixed.writeUInt32BE(most, 32);
  const action = padded(
    Buffer.concat([
      fixed,
      specification(Specification.MATCH, TUNNEL_KEY_FIELD, TUNNEL_KEY_FIELD),
      specification(Specification.MATCH, ETHERNET_SOURCE_FIELD, ETHERNET_DESTINATION_FIELD),
      specification(
        Specification.LOAD,
        tunnelEndHeader('source', family),
        tunnelEndHeader('destination', family),
      ),
      specification(Specification.OUTPUT, IN_PORT_FIELD),
    ]),
  );
  action.writeUInt16BE(action.length, 2);
  return action;
}

/** All bits of a field of the packet, matched with, or put into, a field of those that the learned flow is about. */
function specification(kind: number, from: FieldHeader, to?: FieldHeader): Buffer {
  const fields = to === undefined ? [from] : [from, to];
  const encoded = Buffer.alloc(2 + 6 * fields.length);
  encoded.writeUInt16BE((kind << 11) | from.bits, 0);
  for (const [index, { header }] of fields.entries()) encoded.writeUInt32BE(header, 2 + 6 * index);
  return encoded;
}

function vendorAction(subtype: number, length = 24): Buffer {
  const action = Buffer.alloc(length);
  action.writeUInt16BE(VENDOR_ACTION, 0);
  action.writeUInt16BE(action.length, 2);
  action.writeUInt32BE(NICIRA_VENDOR, 4);
  action.writeUInt16BE(subtype, 8);
  return action;
}

function uint32(value: number): Buffer {
  const encoded = Buffer.alloc(4);
  encoded.writeUInt32BE(value, 0);
  return encoded;
}
