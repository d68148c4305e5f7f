/** UDP (RFC 768, over IPv6 RFC 8200 section 8.1). */

import type { Address } from '../addressing/index.ts';
import { transportChecksum } from './checksum.ts';
import { IP_PROTOCOL } from './ip-protocol.ts';
import { concat, Reader, u16 } from './wire.ts';

export interface UdpDatagram {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly data: Uint8Array;
}

/** The datagram with its checksum, which covers the addresses of the IP header as well. */
export function encodeUdp(datagram: UdpDatagram, source: Address, destination: Address): Uint8Array {
  const octets = concat(
    u16(datagram.sourcePort),
    u16(datagram.destinationPort),
    u16(8 + datagram.data.length),
    u16(0),
    datagram.data,
  );
  // A computed 0 is sent as all ones: 0 would say that there is no checksum.
  octets.set(u16(transportChecksum(source, destination, IP_PROTOCOL.udp, octets) || 0xffff), 6);
  return octets;
}

/**
 * Reads a datagram, its checksum unseen.
 * @throws PacketError when it ends early
 */
export function decodeUdp(octets: Uint8Array): UdpDatagram {
  const reader = new Reader(octets, 'a UDP datagram');
  const sourcePort = reader.u16();
  const destinationPort = reader.u16();
  const length = reader.u16();
  reader.u16();
  return { sourcePort, destinationPort, data: reader.take(Math.max(0, length - 8)) };
}
