/**
 * Checksums that senders on the same machine left to a device to complete, and that no device did: the translator works
 * on what is there, and leaves those of what it leaves uncut to a device again. Pure.
 */
import { IP_PROTOCOL } from '../../packets/index.ts';
import { readIpv4 } from './ipv4-packet.ts';
import { readIpv6 } from './ipv6-packet.ts';
import { CHECKSUM_AT, checksumOf, folded, sumOf, V4, V6 } from './octets.ts';
import { hasHeader } from './transport.ts';

/** Writes the checksum of TCP or UDP into a whole packet; leaves any other as it is. */
export function completeChecksum(packet: Buffer): void {
  const covered = coveredOf(packet);
  if (covered === undefined) return;
  const { protocol, body, pseudoHeader } = covered;
  const at = CHECKSUM_AT[protocol]!;
  body.writeUInt16BE(0, at);
  body.writeUInt16BE(checksumOf(pseudoHeader + sumOf(body)) || 0xffff, at);
}

/**
 * Leaves the checksum of a whole packet of TCP to a device: the sum of its pseudo-header stands there.
 * @returns where TCP begins, and what it carries; undefined, with nothing changed, for any other packet
 */
export function leaveChecksum(packet: Buffer): { transport: number; payload: number } | undefined {
  const covered = coveredOf(packet);
  if (covered?.protocol !== IP_PROTOCOL.tcp) return undefined;
  const { body, transport, pseudoHeader } = covered;
  const payload = transport + 4 * (body[12]! >> 4);
  if (payload > packet.length) return undefined;
  body.writeUInt16BE(folded(pseudoHeader), CHECKSUM_AT[IP_PROTOCOL.tcp]!);
  return { transport, payload };
}

/** What the checksum of a packet of TCP or UDP covers. */
function coveredOf(packet: Buffer) {
  const isIpv6 = packet[0]! >> 4 === 6;
  const read = isIpv6 ? readIpv6(packet) : readIpv4(packet);
  if (read === undefined) return undefined;
  const { protocol, upper: transport } = read;
  if (protocol !== IP_PROTOCOL.tcp && protocol !== IP_PROTOCOL.udp) return undefined;
  const body = read.packet.subarray(transport);
  if (!hasHeader(body, protocol)) return undefined;
  const addresses = isIpv6 ? sumOf(packet, V6.source, V6.octets) : sumOf(packet, V4.source, V4.octets);
  return { protocol, body, transport, pseudoHeader: addresses + protocol + body.length };
}
