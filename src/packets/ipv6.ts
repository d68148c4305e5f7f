/** IPv6 headers (RFC 8200 section 3). */

import type { Address } from '../addressing/index.ts';
import { addressOctets, concat, PacketError, Reader, u8, u16, unsigned } from './wire.ts';

export interface Ipv6Header {
  readonly source: Address;
  readonly destination: Address;
  readonly hopLimit: number;
  /** 8 bits. */
  readonly trafficClass: number;
  /** 20 bits. */
  readonly flowLabel: number;
}

/** The packet: header and what follows it, whose first header is of number `nextHeader`. */
export function encodeIpv6(header: Ipv6Header, nextHeader: number, payload: Uint8Array): Uint8Array {
  const version = (6n << 28n) | (BigInt(header.trafficClass) << 20n) | BigInt(header.flowLabel);
  return concat(
    unsigned(version, 4),
    u16(payload.length),
    u8(nextHeader),
    u8(header.hopLimit),
    addressOctets(header.source),
    addressOctets(header.destination),
    payload,
  );
}

/**
 * Splits a packet; padding after its payload length is dropped.
 * @throws PacketError for a broken one
 */
export function decodeIpv6(octets: Uint8Array): {
  header: Ipv6Header;
  nextHeader: number;
  payload: Uint8Array;
} {
  const reader = new Reader(octets, 'an IPv6 packet');
  const version = reader.u32();
  if (version >>> 28 !== 6) throw new PacketError(`an IPv6 packet says version ${version >>> 28}`);
  const length = reader.u16();
  const nextHeader = reader.u8();
  const hopLimit = reader.u8();
  const header: Ipv6Header = {
    source: reader.address(6),
    destination: reader.address(6),
    hopLimit,
    trafficClass: (version >>> 20) & 0xff,
    flowLabel: version & 0xfffff,
  };
  return { header, nextHeader, payload: reader.take(length) };
}
