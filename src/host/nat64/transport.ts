/** Ports, identifiers and checksums of what IP carries, as the translator changes them. Pure. */
import { IP_PROTOCOL } from '../../packets/index.ts';
import type { SaidByTcp } from './flows.ts';
import { adjusted, CHECKSUM_AT, sumOf } from './octets.ts';

/** Types of echo (RFC 792, RFC 4443). */
export const ECHO = { request4: 8, reply4: 0, request6: 128, reply6: 129 } as const;

/** Octets of a header that must be there. */
const LEAST: Readonly<Record<number, number>> = { [IP_PROTOCOL.tcp]: 20, [IP_PROTOCOL.udp]: 8 };

/** Whether the header of a transport is whole. */
export const hasHeader = (upper: Buffer, protocol: number): boolean => upper.length >= (LEAST[protocol] ?? 8);

/** What a header of TCP says; it is whole. */
export const saidByTcp = (upper: Buffer): SaidByTcp => ({
  flags: upper[13]!,
  sequence: upper.readUInt32BE(4),
  acknowledged: upper.readUInt32BE(8),
  window: upper.readUInt16BE(14),
  carried: Math.max(0, upper.length - 4 * (upper[12]! >> 4)),
});

/** What a translation changes of a transport's header. */
export interface Rewriting {
  /** Protocol number on the side where it goes. */
  readonly protocol: number;
  /** Whether the port that changes is the source's; of echo it is the identifier. */
  readonly isSource: boolean;
  readonly port: number;
  /** Sums of the words of the pseudo-headers' addresses, before and after. */
  readonly before: number;
  readonly after: number;
}

/**
 * Writes the new port, and the checksum that follows from all that changed (RFC 1624).
 * @param upper changed in place: header and what follows, as far as it is there
 * @param length of all that the transport carries, header included; part of the checksum of ICMPv6
 */
export function rewriteTransport(upper: Buffer, rewriting: Rewriting, length: number): void {
  const { protocol, isSource, port } = rewriting;
  const isEcho = protocol === IP_PROTOCOL.icmp || protocol === IP_PROTOCOL.icmpv6;
  const portAt = isEcho ? 4 : isSource ? 0 : 2;
  let { before, after } = rewriting;
  before += upper.readUInt16BE(portAt);
  after += port;
  upper.writeUInt16BE(port, portAt);
  if (isEcho) {
    const type = upper[0]!;
    before += type << 8;
    if (protocol === IP_PROTOCOL.icmpv6) {
      upper[0] = type === ECHO.request4 ? ECHO.request6 : ECHO.reply6;
      after += length + IP_PROTOCOL.icmpv6;
    } else {
      upper[0] = type === ECHO.request6 ? ECHO.request4 : ECHO.reply4;
      before += length + IP_PROTOCOL.icmpv6;
    }
    after += upper[0] << 8;
  }
  const at = CHECKSUM_AT[protocol]!;
  if (at + 2 > upper.length) return; // of a packet that an error quotes in part
  const checksum = upper.readUInt16BE(at);
  // UDP without a checksum has none to put right: only what is quoted comes here so.
  if (protocol === IP_PROTOCOL.udp && checksum === 0) return;
  const next = adjusted(checksum, before, after);
  upper.writeUInt16BE(protocol === IP_PROTOCOL.udp && next === 0 ? 0xffff : next, at);
}

/** The sum of two addresses of IPv6 that stand behind each other. */
export const sumOfPair = (octets: Buffer, at: number): number => sumOf(octets, at, at + 32);

/** The sum of an address of IPv4. */
export const sumOfV4 = (address: number): number => (address >>> 16) + (address & 0xffff);
