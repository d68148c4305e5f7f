/** Fragmenting IPv6 packets (RFC 8200 section 4.5), also where a decent sender would not. */

import type { Ipv6Packet } from './frame.ts';
import { type ExtensionHeader, encodeExtensions } from './ipv6-extensions.ts';
import { encodeUpperLayer } from './upper-layer.ts';
import { PacketError } from './wire.ts';

/**
 * Cuts a packet at `cuts`: octet offsets, ascending multiples of 8, into what follows its first
 * `unfragmentable` extension headers. No cuts make one atomic fragment (RFC 6946).
 * With all headers fragmentable and a first cut at 8 the upper-layer header comes in a later fragment,
 * which RFC 7112 forbids and attackers like (RFC 7113 section 2.2).
 */
export function fragmentIpv6(
  packet: Ipv6Packet,
  cuts: readonly number[],
  options: { identification: number; unfragmentable?: number },
): Ipv6Packet[] {
  const unfragmentable = options.unfragmentable ?? 0;
  const upper = encodeUpperLayer(packet.upper, packet.source, packet.destination);
  const { nextHeader, octets } = encodeExtensions(
    packet.extensions.slice(unfragmentable),
    upper.protocol,
    upper.octets,
  );
  const bounds = [0, ...cuts, octets.length];
  return bounds.slice(1).map((end, index) => {
    const offset = bounds[index] ?? 0;
    if (end <= offset) {
      throw new PacketError(`cannot cut ${octets.length} octets at ${cuts.join(', ')}: cuts must ascend`);
    }
    const header: ExtensionHeader = {
      kind: 'fragment',
      offset,
      more: end < octets.length,
      identification: options.identification,
    };
    return {
      ...packet,
      extensions: [...packet.extensions.slice(0, unfragmentable), header],
      upper: { kind: 'octets', protocol: nextHeader, octets: octets.subarray(offset, end) },
    };
  });
}
