/** Flows of a switch: their encoding in modifications, and what the switch says it has (ONF TS-012). Pure. */
import { canonicalMatch, encodeMatch, type Match, matchLength } from './match.ts';

/** What happens to a packet that a flow matches. */
export type Verdict =
  | { drop: true }
  /** Go on in a later table. */
  | { continueIn: number }
  /** Send it out of a port, by OpenFlow number. */
  | { output: number };

/** A rule: in its table, the flow of the highest priority that matches decides. */
export interface Flow {
  table: number;
  priority: number;
  match: Match;
  verdict: Verdict;
}

/** A flow as it is on the wire. */
export interface EncodedFlow {
  table: number;
  priority: number;
  /** Encoded, padded. */
  match: Buffer;
  /** Encoded. */
  instructions: Buffer;
}

/** ofp_flow_mod_command (section 7.3.4.1). */
export const FlowCommand = { ADD: 0, DELETE_STRICT: 4 } as const;

const ANY = 0xffffffff; // port, group, buffer
const NORMAL_LENGTH = 40;
const STATISTICS_LENGTH = 48;
const GOTO_TABLE = 1;
const APPLY_ACTIONS = 4;
const OUTPUT = 0;

export function encodeFlow({ table, priority, match, verdict }: Flow): EncodedFlow {
  return { table, priority, match: encodeMatch(match), instructions: encodeVerdict(verdict) };
}

/** Which flow it is: adding one with the same identity replaces the one that is there. */
export function flowIdentity({ table, priority, match }: EncodedFlow): string {
  return `${table} ${priority} ${canonicalMatch(match)}`;
}

/** The body of a modification. ADD takes the flow in, DELETE_STRICT removes the one of the same identity. */
export function encodeFlowMod(flow: EncodedFlow, command: number): Buffer {
  const fixed = Buffer.alloc(NORMAL_LENGTH);
  fixed.writeUInt8(flow.table, 16);
  fixed.writeUInt8(command, 17);
  fixed.writeUInt16BE(flow.priority, 22);
  fixed.writeUInt32BE(ANY, 24);
  fixed.writeUInt32BE(ANY, 28);
  fixed.writeUInt32BE(ANY, 32);
  return Buffer.concat([fixed, flow.match, flow.instructions]);
}

/** The body of a request for all flows (ofp_flow_stats_request, section 7.3.5.2). */
export function encodeFlowStatisticsRequest(): Buffer {
  const request = Buffer.alloc(32);
  request.writeUInt8(0xff, 0); // all tables
  request.writeUInt32BE(ANY, 4);
  request.writeUInt32BE(ANY, 8);
  return Buffer.concat([request, encodeMatch({})]);
}

/** The flows in the body of an answer to that (ofp_flow_stats). */
export function decodeFlowStatistics(body: Buffer): EncodedFlow[] {
  const flows: EncodedFlow[] = [];
  for (let at = 0; at < body.length; ) {
    const entry = body.subarray(at, at + body.readUInt16BE(at));
    const afterMatch = STATISTICS_LENGTH + matchLength(entry.subarray(STATISTICS_LENGTH));
    flows.push({
      table: entry.readUInt8(2),
      priority: entry.readUInt16BE(12),
      match: entry.subarray(STATISTICS_LENGTH, afterMatch),
      instructions: entry.subarray(afterMatch),
    });
    at += entry.length;
  }
  return flows;
}

function encodeVerdict(verdict: Verdict): Buffer {
  if ('continueIn' in verdict) {
    const instruction = Buffer.alloc(8);
    instruction.writeUInt16BE(GOTO_TABLE, 0);
    instruction.writeUInt16BE(8, 2);
    instruction.writeUInt8(verdict.continueIn, 4);
    return instruction;
  }
  if ('output' in verdict) {
    const instruction = Buffer.alloc(24);
    instruction.writeUInt16BE(APPLY_ACTIONS, 0);
    instruction.writeUInt16BE(24, 2);
    instruction.writeUInt16BE(OUTPUT, 8);
    instruction.writeUInt16BE(16, 10);
    instruction.writeUInt32BE(verdict.output, 12);
    return instruction;
  }
  return Buffer.alloc(0);
}
