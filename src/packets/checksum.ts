/** The Internet checksum (RFC 1071). */

import type { Address } from '../addressing/index.ts';
import { addressOctets, concat, unsigned } from './wire.ts';

/** The 16-bit one's complement of the one's complement sum of `octets`, an odd one at the end filled with 0. */
export function internetChecksum(octets: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < octets.length; at += 2) {
    sum += ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/**
 * The checksum of an upper-layer packet over IPv6 (RFC 8200 section 8.1) or, for UDP and TCP, IPv4: that of
 * the pseudo-header and `segment`, whose checksum field must be 0.
 */
export function transportChecksum(
  source: Address,
  destination: Address,
  protocol: number,
  segment: Uint8Array,
): number {
  const lengthAndProtocol =
    source.family === 6
      ? concat(unsigned(segment.length, 4), unsigned(protocol, 4))
      : concat(unsigned(protocol, 2), unsigned(segment.length, 2));
  return internetChecksum(
    concat(addressOctets(source), addressOctets(destination), lengthAndProtocol, segment),
  );
}
