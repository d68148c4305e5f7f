/** Packets that a flow reports (ONF TS-012, section 7.4.1), and that a controller sends (section 7.3.6). Pure. */
import { encodeOutput } from './actions.ts';
import { matchLength } from './match.ts';

/** A packet as the controller gets it. */
export interface ReportedPacket {
  /** OpenFlow number of the port by which it came in. */
  inPort: number;
  /** The Ethernet frame, possibly cut off. */
  frame: Buffer;
}

/** Buffer, length, reason, table, cookie. */
const FIXED_LENGTH = 16;
const MATCH_HEADER_LENGTH = 4;
/** The OXM header of the one field that every such message has: in_port. */
const IN_PORT = 0x80000004;
const PADDING = 2;

/** Reads the body of a PACKET_IN; undefined when it does not say where the packet came in. */
export function decodePacketIn(body: Buffer): ReportedPacket | undefined {
  const match = body.subarray(FIXED_LENGTH);
  const frame = match.subarray(matchLength(match) + PADDING);
  for (let at = MATCH_HEADER_LENGTH; at < match.readUInt16BE(2); at += 4 + match.readUInt8(at + 3)) {
    if (match.readUInt32BE(at) === IN_PORT) return { inPort: match.readUInt32BE(at + 4), frame };
  }
  return undefined;
}

/** OFPP_IN_PORT: where the packet came in. */
export const BACK = 0xfffffff8;

const NO_BUFFER = 0xffffffff;
const CONTROLLER = 0xfffffffd;

/**
 * The body of a PACKET_OUT, but for the frame that follows it.
 * @param from the port that it is as if it had come in by
 */
export function encodePacketOut(port: number, from = CONTROLLER): Buffer {
  const actions = encodeOutput(port);
  const fixed = Buffer.alloc(16);
  fixed.writeUInt32BE(NO_BUFFER, 0);
  fixed.writeUInt32BE(from, 4);
  fixed.writeUInt16BE(actions.length, 8);
  return Buffer.concat([fixed, actions]);
}
