/**
 * Checksums that senders on the same machine left to a device to complete, and that no device did: the translator works
 * on what is there. Pure.
 */
import { IP_PROTOCOL } from '../../packets/index.ts';
import { readIpv4 } from './ipv4-packet.ts';
import { readIpv6 } from './ipv6-packet.ts';
import { CHECKSUM_AT, checksumOf, sumOf, V4, V6 } from './octets.ts';
import { hasHeader } from './transport.ts';

/** Writes the checksum of TCP or UDP into a whole packet; leaves any other as it is. */
export function completeChecksum(packet: Buffer): void {
  const isIpv6 = packet[0]! >> 4 === 6;
  const read = isIpv6 ? readIpv6(packet) : readIpv4(packet);
  if (read === undefined || (read.protocol !== IP_PROTOCOL.tcp && read.protocol !== IP_PROTOCOL.udp)) return;
  const body = read.packet.subarray(read.upper);
  if (!hasHeader(body, read.protocol)) return;
  const addresses = isIpv6 ? sumOf(packet, V6.source, V6.octets) : sumOf(packet, V4.source, V4.octets);
  const at = CHECKSUM_AT[read.protocol]!;
  body.writeUInt16BE(0, at);
  body.writeUInt16BE(checksumOf(addresses + read.protocol + body.length + sumOf(body)) || 0xffff, at);
}
