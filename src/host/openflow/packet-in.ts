/** Packets that a flow reports (ONF TS-012, section 7.4.1). Pure. */
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
