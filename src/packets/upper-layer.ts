/** What an IP packet carries: ICMP, UDP, TCP, or octets of any protocol. */

import type { Address } from '../addressing/index.ts';
import { decodeIcmpv4, encodeIcmpv4, type Icmpv4Message } from './icmpv4.ts';
import { decodeIcmpv6, encodeIcmpv6, type Icmpv6Message } from './icmpv6.ts';
import { IP_PROTOCOL } from './ip-protocol.ts';
import { decodeTcp, encodeTcp, type TcpSegment } from './tcp.ts';
import { decodeUdp, encodeUdp, type UdpDatagram } from './udp.ts';
import { PacketError } from './wire.ts';

export type UpperLayer =
  | { readonly kind: 'icmpv6'; readonly message: Icmpv6Message }
  | { readonly kind: 'icmpv4'; readonly message: Icmpv4Message }
  | { readonly kind: 'udp'; readonly datagram: UdpDatagram }
  | { readonly kind: 'tcp'; readonly segment: TcpSegment }
  /** Another protocol, a piece of a fragmented packet, or (with the reason in `malformed`) what cannot be read. */
  | {
      readonly kind: 'octets';
      readonly protocol: number;
      readonly octets: Uint8Array;
      readonly malformed?: string;
    };

/** The protocol number and the octets, with the checksum that these addresses make. */
export function encodeUpperLayer(
  upper: UpperLayer,
  source: Address,
  destination: Address,
): { protocol: number; octets: Uint8Array } {
  switch (upper.kind) {
    case 'icmpv6':
      return { protocol: IP_PROTOCOL.icmpv6, octets: encodeIcmpv6(upper.message, source, destination) };
    case 'icmpv4':
      return { protocol: IP_PROTOCOL.icmp, octets: encodeIcmpv4(upper.message) };
    case 'udp':
      return { protocol: IP_PROTOCOL.udp, octets: encodeUdp(upper.datagram, source, destination) };
    case 'tcp':
      return { protocol: IP_PROTOCOL.tcp, octets: encodeTcp(upper.segment, source, destination) };
    case 'octets':
      return upper;
  }
}

/** Never throws: what cannot be read is given as octets, with the reason. */
export function decodeUpperLayer(protocol: number, octets: Uint8Array): UpperLayer {
  try {
    switch (protocol) {
      case IP_PROTOCOL.icmpv6:
        return { kind: 'icmpv6', message: decodeIcmpv6(octets) };
      case IP_PROTOCOL.icmp:
        return { kind: 'icmpv4', message: decodeIcmpv4(octets) };
      case IP_PROTOCOL.udp:
        return { kind: 'udp', datagram: decodeUdp(octets) };
      case IP_PROTOCOL.tcp:
        return { kind: 'tcp', segment: decodeTcp(octets) };
      default:
        return { kind: 'octets', protocol, octets };
    }
  } catch (error) {
    if (error instanceof PacketError) return { kind: 'octets', protocol, octets, malformed: error.message };
    throw error;
  }
}
