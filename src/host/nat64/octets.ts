/** Where things stand in packets, and the arithmetic of checksums: what both directions of the translator use. Pure. */
import { IP_PROTOCOL } from '../../packets/index.ts';

/** Octets from the start of an IPv6 header (RFC 8200 section 3), and how many it has. */
export const V6 = {
  payloadLength: 4,
  nextHeader: 6,
  hopLimit: 7,
  source: 8,
  destination: 24,
  octets: 40,
} as const;
/** Octets from the start of an IPv4 header (RFC 791 section 3.1), and how many it has without options. */
export const V4 = {
  typeOfService: 1,
  totalLength: 2,
  identification: 4,
  fragment: 6,
  timeToLive: 8,
  protocol: 9,
  checksum: 10,
  source: 12,
  destination: 16,
  octets: 20,
} as const;

/** In the field of an IPv4 header that is about fragments. */
export const FRAGMENT = { dontFragment: 0x4000, more: 0x2000, offset: 0x1fff } as const;

/** Where the checksum stands in the header of a transport, and how many octets it takes to get there. */
export const CHECKSUM_AT: Readonly<Record<number, number>> = {
  [IP_PROTOCOL.tcp]: 16,
  [IP_PROTOCOL.udp]: 6,
  [IP_PROTOCOL.icmp]: 2,
  [IP_PROTOCOL.icmpv6]: 2,
};

/** The sum of 16-bit words, an odd octet at the end filled with 0; not folded. */
export function sumOf(octets: Buffer, from = 0, to = octets.length): number {
  let sum = 0;
  let at = from;
  for (; at + 1 < to; at += 2) sum += (octets[at]! << 8) | octets[at + 1]!;
  if (at < to) sum += octets[at]! << 8;
  return sum;
}

/** A sum in 16 bits, with its carries (RFC 1071). */
export function folded(sum: number): number {
  let rest = sum;
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x10000);
  return rest;
}

/** The checksum over what has this sum. */
export const checksumOf = (sum: number): number => ~folded(sum) & 0xffff;

/** A checksum after what it covers had one sum taken away and another one put in (RFC 1624). */
export const adjusted = (checksum: number, before: number, after: number): number =>
  checksumOf((~checksum & 0xffff) + (~folded(before) & 0xffff) + folded(after));

/** Writes the checksum of an IPv4 header without options. */
export function sealIpv4(packet: Buffer): void {
  packet.writeUInt16BE(0, V4.checksum);
  packet.writeUInt16BE(checksumOf(sumOf(packet, 0, V4.octets)), V4.checksum);
}
