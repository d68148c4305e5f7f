/** TCP segments (RFC 9293 section 3.1). */

import type { Address } from '../addressing/index.ts';
import { transportChecksum } from './checksum.ts';
import { IP_PROTOCOL } from './ip-protocol.ts';
import { concat, PacketError, Reader, u8, u16, u32 } from './wire.ts';

/** Control bits, in the order of their bit numbers from the least significant. */
const FLAGS = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'] as const;
export type TcpFlag = (typeof FLAGS)[number];

export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  /** In the order fin, syn, rst, psh, ack, urg, ece, cwr. */
  readonly flags: readonly TcpFlag[];
  readonly window: number;
  readonly urgentPointer: number;
  /** Options, padded to a multiple of 4 octets. */
  readonly options: Uint8Array;
  readonly data: Uint8Array;
}

/** The segment with its checksum, which covers the addresses of the IP header as well. */
export function encodeTcp(segment: TcpSegment, source: Address, destination: Address): Uint8Array {
  if (segment.options.length % 4 !== 0 || segment.options.length > 40) {
    throw new PacketError(`TCP options cannot have ${segment.options.length} octets: 0, 4, 8 to 40`);
  }
  const flags = segment.flags.reduce((bits, flag) => bits | (1 << FLAGS.indexOf(flag)), 0);
  const octets = concat(
    u16(segment.sourcePort),
    u16(segment.destinationPort),
    u32(segment.sequence),
    u32(segment.acknowledgment),
    u8((5 + segment.options.length / 4) << 4),
    u8(flags),
    u16(segment.window),
    u16(0),
    u16(segment.urgentPointer),
    segment.options,
    segment.data,
  );
  octets.set(u16(transportChecksum(source, destination, IP_PROTOCOL.tcp, octets)), 16);
  return octets;
}

/**
 * Reads a segment, its checksum unseen.
 * @throws PacketError when it ends early
 */
export function decodeTcp(octets: Uint8Array): TcpSegment {
  const reader = new Reader(octets, 'a TCP segment');
  const ports = { sourcePort: reader.u16(), destinationPort: reader.u16() };
  const numbers = { sequence: reader.u32(), acknowledgment: reader.u32() };
  const words = reader.u8() >> 4;
  if (words < 5) throw new PacketError(`a TCP header of ${words} words is too short: at least 5`);
  const bits = reader.u8();
  const window = reader.u16();
  reader.u16();
  return {
    ...ports,
    ...numbers,
    flags: FLAGS.filter((_, bit) => (bits & (1 << bit)) !== 0),
    window,
    urgentPointer: reader.u16(),
    options: reader.take((words - 5) * 4),
    data: reader.rest(),
  };
}
